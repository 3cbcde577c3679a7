/** Polls until `look` answers something, and answers that; `false` is nothing. What `look` throws ends it. */
export async function until<T>(
  look: () => T | Promise<T>,
  timeoutMs = 60_000,
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = performance.now() + timeoutMs;
  while (true) {
    const found = await look();
    if (isThere(found)) return found;
    if (performance.now() > deadline) throw new Error(`not so within ${timeoutMs} ms: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function isThere<T>(found: T): found is Exclude<T, undefined | null | false> {
  return found !== undefined && found !== null && found !== false;
}
