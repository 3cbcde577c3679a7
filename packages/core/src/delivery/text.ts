const encoder = new TextEncoder();

/** The text in UTF-8. */
export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}
