import { sha256 } from "@noble/hashes/sha2";

/** A part of a natural key. What is not known takes part as `null`. */
export type KeyPart = string | number | undefined;

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const encoder = new TextEncoder();

/**
 * The id of the event with this natural key: a ULID of its time and 80 bits of the key's hash. Whoever maps the same
 * delivery, now or later, here or in a second replica, gets the same id.
 */
export function eventId(time: number, key: readonly KeyPart[]): string {
  let id = "";
  for (let rest = time, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) id = `${DIGITS[rest % 32]}${id}`;
  return id + digest(key, 10);
}

/** The id that joins the events of one sync: 130 bits of the hash of its natural key. */
export function syncIdOf(...key: readonly KeyPart[]): string {
  return digest(key, 20).slice(0, 26);
}

/** The first bytes of the key's hash in Crockford's base 32; JSON keeps the parts apart. */
function digest(key: readonly KeyPart[], bytes: number): string {
  const hash = sha256(encoder.encode(JSON.stringify(key)));
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of hash.subarray(0, bytes)) {
    held = ((held << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += DIGITS[(held >> (bits - 5)) & 31];
  }
  return text;
}
