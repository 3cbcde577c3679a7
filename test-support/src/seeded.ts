/** What random tests start from: `SEED` repeats a run. */
export const SEED = Number(process.env["SEED"] ?? 1 + Math.floor(Math.random() * 1_000_000));

/** A generator of numbers from 0 up to 1 that repeats with its seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value = (value + Math.imul(value ^ (value >>> 7), value | 61)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}
