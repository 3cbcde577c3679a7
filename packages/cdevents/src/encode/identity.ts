/**
 * Ids that follow from the event: encoding it again, also in another process, makes the same ones, so that receivers
 * can drop duplicates.
 */

/** A version 4 UUID by form, the same for the same text. */
export function uuidOf(text: string): string {
  const [a, b, c, d] = hash(text);
  const hex = [a, (b & 0xffff0fff) | 0x4000, (c & 0x3fffffff) | 0x80000000, d]
    .map((part) => (part >>> 0).toString(16).padStart(8, "0"))
    .join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A ULID of a time, the same for the same text. */
export function ulidOf(timestamp: number, text: string): string {
  let id = "";
  for (let rest = timestamp, left = 10; left > 0; left--) {
    id = ALPHABET.charAt(rest % 32) + id;
    rest = Math.floor(rest / 32);
  }
  // 16 characters of 5 bits: four from each part.
  for (const part of hash(text))
    for (let shift = 0; shift < 20; shift += 5) id += ALPHABET.charAt((part >>> shift) & 31);
  return id;
}

const SEEDS = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344] as const;
const FACTORS = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f] as const;

/** 128 bits that spread well. They are no secret and withstand no attack. */
function hash(text: string): [number, number, number, number] {
  const lanes: [number, number, number, number] = [...SEEDS];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    lanes[0] = step(lanes[0] ^ code, FACTORS[0]);
    lanes[1] = step(lanes[1] + code, FACTORS[1]);
    lanes[2] = step(lanes[2] ^ code, FACTORS[2]);
    lanes[3] = step(lanes[3] + code, FACTORS[3]);
  }
  return [finish(lanes[0]), finish(lanes[1]), finish(lanes[2]), finish(lanes[3])];
}

function step(lane: number, factor: number): number {
  const product = Math.imul(lane, factor);
  return product ^ (product >>> 15);
}

function finish(lane: number): number {
  const mixed = Math.imul(lane ^ (lane >>> 16), 0x7feb352d);
  return Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b) ^ (mixed >>> 16);
}
