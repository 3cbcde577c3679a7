import type { Message } from "../ports/message.js";
import { encodeText, smallArray } from "../utf8.js";

/** The first byte of every record: what follows can change, and old records stay readable. */
const VERSION = 1;
/** Version, and the length of the JSON that follows it. */
const PREFIX_BYTES = 5;

const decoder = new TextDecoder("utf-8", { fatal: true });

/** A message as it was accepted. */
export interface AcceptedMessage {
  readonly message: Message;
  /** When it was accepted, in milliseconds since 1970; `undefined` where the record does not say. */
  readonly acceptedAt: number | undefined;
}

/**
 * Returns a message as the bytes of an outbox record: a version byte, the length of a JSON text (32 bits, big-endian),
 * the JSON text with everything but the body, the body. `acceptedAt` is in milliseconds since 1970.
 */
export function encodeMessage(message: Message, acceptedAt = Date.now()): Uint8Array {
  const { id, key, destination, headers, body } = message;
  // JSON escapes what UTF-8 can't hold: half a surrogate pair comes back as it was.
  const head = encodeText(JSON.stringify([id, key, destination, headers, Math.round(acceptedAt)]));
  const bytes = smallArray(PREFIX_BYTES + head.length + body.length);
  bytes[0] = VERSION;
  for (let index = 1, shift = 24; shift >= 0; index++, shift -= 8) bytes[index] = head.length >>> shift;
  bytes.set(head, PREFIX_BYTES);
  bytes.set(body, PREFIX_BYTES + head.length);
  return bytes;
}

/** Returns the message in the bytes of a record, which may be anything; `undefined` where they are no message. */
export function decodeMessage(bytes: Uint8Array): Message | undefined {
  return decodeAccepted(bytes)?.message;
}

/** As {@link decodeMessage}, with the time at which the message was accepted. Keeps no hold on `bytes`. */
export function decodeAccepted(bytes: Uint8Array): AcceptedMessage | undefined {
  if (bytes.length < PREFIX_BYTES || bytes[0] !== VERSION) return undefined;
  const end = PREFIX_BYTES + new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(1);
  if (end > bytes.length) return undefined;
  const head = parseHead(bytes.subarray(PREFIX_BYTES, end));
  if (head === undefined) return undefined;
  const { acceptedAt, ...rest } = head;
  // A copy: a view would hold on to the whole block that the record was read with.
  return { message: { ...rest, body: bytes.slice(end) }, acceptedAt };
}

type Head = Omit<Message, "body"> & { readonly acceptedAt: number | undefined };

function parseHead(bytes: Uint8Array): Head | undefined {
  let head: unknown;
  try {
    head = JSON.parse(decoder.decode(bytes));
  } catch {
    // Not UTF-8, or not JSON: no message.
    return undefined;
  }
  if (!Array.isArray(head) || head.length < 4 || head.length > 5) return undefined;
  const [id, key, destination, headers, time]: unknown[] = head;
  if (typeof id !== "string" || typeof key !== "string" || typeof destination !== "string") return undefined;
  if (!isHeaders(headers)) return undefined;
  return { id, key, destination, headers, acceptedAt: typeof time === "number" ? time : undefined };
}

function isHeaders(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((item) => typeof item === "string");
}
