const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * Makes a generator of monotonic ULIDs (github.com/ulid/spec): each id sorts after the one before it, also within one
 * millisecond and when the clock is set back. While the clock is behind the last id, ids keep the last id's time.
 * The generator takes the time in whole milliseconds since the Unix epoch.
 */
export function createUlidGenerator(): (now: number) => string {
  // Filled for many milliseconds at once: a call for random bytes is slow.
  const pool = new Uint32Array(192);
  let used = pool.length;
  let time = -1;
  // The 80 random bits as 50 + 30: the low ones count up, the high ones take the carry.
  let high = 0;
  let low = 0;
  let prefix = "";
  const random = () => pool[used++] ?? 0;
  return (now) => {
    if (now > time) {
      time = now;
      if (used === pool.length) {
        crypto.getRandomValues(pool);
        used = 0;
      }
      // One bit of each part stays free, so that counting up never runs out.
      high = (random() >>> 15) * 2 ** 32 + random();
      low = random() >>> 3;
      prefix = encode(time, 10) + encode(high, 10);
    } else if (++low === 2 ** 30) {
      low = 0;
      prefix = encode(time, 10) + encode(++high, 10);
    }
    return prefix + encode(low, 6);
  };
}

function encode(value: number, length: number): string {
  let text = "";
  for (let rest = value, left = length; left > 0; left--) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}
