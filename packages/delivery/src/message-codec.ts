import type { Message } from "./ports/message.js";
import { encodeText, smallArray } from "./utf8.js";

/** The first byte of every record: what follows can change, and old records stay readable. */
const VERSION = 1;
/** Version, and the length of the JSON that follows it. */
const PREFIX_BYTES = 5;

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * A message as the bytes of an outbox record: a version byte, the length of a JSON text (32 bits, big-endian), the JSON
 * text with everything but the body, the body.
 */
export function encodeMessage({ id, key, destination, headers, body }: Message): Uint8Array {
  // JSON escapes what UTF-8 can't hold: half a surrogate pair comes back as it was.
  const head = encodeText(JSON.stringify([id, key, destination, headers]));
  const bytes = smallArray(PREFIX_BYTES + head.length + body.length);
  bytes[0] = VERSION;
  for (let index = 1, shift = 24; shift >= 0; index++, shift -= 8) bytes[index] = head.length >>> shift;
  bytes.set(head, PREFIX_BYTES);
  bytes.set(body, PREFIX_BYTES + head.length);
  return bytes;
}

/** Reads a message from bytes that may be anything; `undefined` when they are no message. Keeps no hold on `bytes`. */
export function decodeMessage(bytes: Uint8Array): Message | undefined {
  if (bytes.length < PREFIX_BYTES || bytes[0] !== VERSION) return undefined;
  const end = PREFIX_BYTES + new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(1);
  if (end > bytes.length) return undefined;
  const head = parseHead(bytes.subarray(PREFIX_BYTES, end));
  // A copy: a view would hold on to the whole block that the record was read with.
  return head === undefined ? undefined : { ...head, body: bytes.slice(end) };
}

function parseHead(bytes: Uint8Array): Omit<Message, "body"> | undefined {
  let head: unknown;
  try {
    head = JSON.parse(decoder.decode(bytes));
  } catch {
    // Not UTF-8, or not JSON: no message.
    return undefined;
  }
  if (!Array.isArray(head) || head.length !== 4) return undefined;
  const [id, key, destination, headers]: unknown[] = head;
  if (typeof id !== "string" || typeof key !== "string" || typeof destination !== "string") return undefined;
  return isHeaders(headers) ? { id, key, destination, headers } : undefined;
}

function isHeaders(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((item) => typeof item === "string");
}
