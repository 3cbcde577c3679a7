const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/** The hash that Kafka's Java client spreads keys with (MurmurHash 2, 32 bit, seed 0x9747b28c), as a signed integer. */
export function murmur2(data: Uint8Array): number {
  const { length } = data;
  const view = new DataView(data.buffer, data.byteOffset, length);
  const wholeWords = length - (length % 4);
  let hash = SEED ^ length;
  for (let at = 0; at < wholeWords; at += 4) {
    let word = Math.imul(view.getInt32(at, true), MULTIPLIER);
    word = Math.imul(word ^ (word >>> 24), MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ word;
  }
  if (wholeWords < length) {
    for (let at = wholeWords; at < length; at++) hash ^= view.getUint8(at) << (8 * (at - wholeWords));
    hash = Math.imul(hash, MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}
