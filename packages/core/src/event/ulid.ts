const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * Makes a generator of monotonic ULIDs (github.com/ulid/spec): each id sorts after the one before it, also within one
 * millisecond and when the clock is set back. While the clock is behind the last id, ids keep the last id's time.
 * The generator takes the time in whole milliseconds since the Unix epoch.
 */
export function createUlidGenerator(): (now: number) => string {
  // Filled for many milliseconds at once: a call for random bytes is slow.
  const pool = new Uint8Array(4096);
  let used = pool.length;
  let time = -1;
  // Ten digits of time, sixteen of randomness, the last of which counts up and carries into the others.
  const digits: number[] = Array(26).fill(0);
  let prefix = "";
  return (now) => {
    let changed = 25;
    if (now > time) {
      time = now;
      changed = 0;
      if (used === pool.length) {
        crypto.getRandomValues(pool);
        used = 0;
      }
      for (let rest = now, i = 10; i > 0; rest = Math.floor(rest / 32)) digits[--i] = rest % 32;
      // The first random bit stays free, so that counting up never runs out.
      for (let i = 10; i < 26; i++) digits[i] = (pool[used++] ?? 0) % (i > 10 ? 32 : 16);
    } else {
      while (digits[changed] === 31) digits[changed--] = 0;
      digits[changed] = (digits[changed] ?? 0) + 1;
    }
    if (changed < 25) {
      prefix = "";
      for (let i = 0; i < 25; i++) prefix += ALPHABET[digits[i] ?? 0];
    }
    return prefix + ALPHABET[digits[25] ?? 0];
  };
}
