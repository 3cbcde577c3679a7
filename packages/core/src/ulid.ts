const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Every pair of digits, so that one look-up encodes ten bits. */
const PAIRS: readonly string[] = Array.from(
  { length: 1024 },
  (_, value) => ALPHABET.charAt(value >> 5) + ALPHABET.charAt(value & 31),
);

const MAX_TIME = 2 ** 48 - 1;
const POOL_BYTES = 1024;

/**
 * Makes a generator of monotonic ULIDs (github.com/ulid/spec): each id sorts after the one before it, also within one
 * millisecond and when the clock is set back. While the clock is behind the last id, ids keep the last id's time.
 *
 * The generator takes the time in milliseconds since the Unix epoch; anything but a number from 0 to 2^48 - 1 counts as
 * no progress.
 */
export function createUlidGenerator(): (now: number) => string {
  const pool = new Uint16Array(POOL_BYTES / 2);
  let poolIndex = pool.length;
  let time = -1;
  let timeText = "";
  // The 80 random bits as eight numbers of ten bits, most significant first.
  const random = new Uint16Array(8);
  let randomText = "";

  function nextRandom(): number {
    if (poolIndex === pool.length) {
      globalThis.crypto.getRandomValues(pool);
      poolIndex = 0;
    }
    return (pool[poolIndex++] ?? 0) & 1023;
  }

  function startTime(value: number): void {
    time = value;
    timeText = encodeTime(value);
    for (let index = 0; index < 8; index++) random[index] = nextRandom();
    // Half of the range stays free above the start, for the ids of the same millisecond.
    random[0] = (random[0] ?? 0) & 511;
    randomText = encode(random, 7);
  }

  function increment(): void {
    for (let index = 7; index >= 0; index--) {
      const value = (random[index] ?? 0) + 1;
      random[index] = value & 1023;
      if (value <= 1023) {
        if (index < 7) randomText = encode(random, 7);
        return;
      }
    }
    startTime(time + 1);
  }

  return (now) => {
    const current = Math.floor(now);
    if (current > time && current <= MAX_TIME) startTime(current);
    else if (time === -1) startTime(0);
    else increment();
    return timeText + randomText + (PAIRS[random[7] ?? 0] ?? "");
  };
}

function encodeTime(time: number): string {
  const high = Math.floor(time / 2 ** 20);
  const low = time % 2 ** 20;
  return encode([high >> 20, (high >> 10) & 1023, high & 1023, low >> 10, low & 1023], 5);
}

function encode(values: ArrayLike<number>, count: number): string {
  let text = "";
  for (let index = 0; index < count; index++) text += PAIRS[values[index] ?? 0];
  return text;
}
