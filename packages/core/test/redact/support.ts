/** The text of an example, and its secrets: what stands between ‹ and ›. */
export function parseExample(example: string): { readonly text: string; readonly secrets: readonly string[] } {
  return {
    text: example.replaceAll(/[‹›]/g, ""),
    secrets: [...example.matchAll(/‹([^›]*)›/g)].map(([, secret = ""]) => secret.trim()),
  };
}

/**
 * What is left of a secret: a part of it, of six characters or more, or all of a shorter one. What the text says besides
 * its secrets may have the same part: `github` is in tokens and in addresses.
 */
export function leftOf(secret: string, redacted: string, besides = ""): string | undefined {
  const size = Math.min(6, secret.length);
  for (let start = 0; start + size <= secret.length; start++) {
    const part = secret.slice(start, start + size);
    if (redacted.includes(part) && !besides.includes(part)) return part;
  }
  return undefined;
}
