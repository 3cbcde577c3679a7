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

/** What is encoded here is read before the next is. */
const buffer = new Uint8Array(4096);

/** The first bytes of the key's hash in Crockford's base 32; JSON keeps the parts apart. */
function digest(key: readonly KeyPart[], bytes: number): string {
  const json = JSON.stringify(key);
  const encoded = json.length * 3 > buffer.length ? encoder.encode(json) : buffer.subarray(0, encode(json));
  const hash = sha256(encoded);
  let text = "";
  // Five bytes are eight digits.
  for (let at = 0; at < bytes; at += 5) {
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = hash.subarray(at, at + 5);
    text += `${DIGITS[a >> 3]}${DIGITS[((a << 2) | (b >> 6)) & 31]}${DIGITS[(b >> 1) & 31]}`;
    text += `${DIGITS[((b << 4) | (c >> 4)) & 31]}${DIGITS[((c << 1) | (d >> 7)) & 31]}${DIGITS[(d >> 2) & 31]}`;
    text += `${DIGITS[((d << 3) | (e >> 5)) & 31]}${DIGITS[e & 31]}`;
  }
  return text;
}

function encode(json: string): number {
  return encoder.encodeInto(json, buffer).written;
}
