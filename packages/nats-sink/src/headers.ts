import { percentEncode } from "@alumiini/delivery";

const encoder = new TextEncoder();
const BLOCK_BYTES = 65_536;
let block = new Uint8Array(BLOCK_BYTES);
let used = 0;

/** Encodes ASCII into memory shared with other short texts: an array of its own for each costs five times as much. */
function encodeAscii(text: string): Uint8Array {
  if (text.length > BLOCK_BYTES) return encoder.encode(text);
  if (used + text.length > BLOCK_BYTES) {
    block = new Uint8Array(BLOCK_BYTES);
    used = 0;
  }
  const bytes = block.subarray(used, used + text.length);
  used += text.length;
  encoder.encodeInto(text, bytes);
  return bytes;
}

/** A header block. Both clients ask what they are given as headers for its `encode()`, and nothing else. */
class MessageHeaders {
  /** All of it is ASCII. */
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get byteLength(): number {
    return this.#text.length;
  }

  encode(): Uint8Array {
    return encodeAscii(this.#text);
  }
}

/**
 * Makes the header lines of what stays the same from message to message.
 *
 * @throws TypeError when a name or a value has characters that no header may have.
 */
export function headerLines(headers: Readonly<Record<string, string>>): string {
  let lines = "";
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[!-9;-~]+$/.test(name) || !/^[ -~]*$/.test(value)) throw new TypeError("a header has forbidden characters");
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

/** The headers of one message: its id, by which JetStream recognises duplicates, and lines made before. */
export function messageHeaders(messageId: string, lines: string): MessageHeaders {
  return new MessageHeaders(`NATS/1.0\r\nNats-Msg-Id: ${percentEncode(messageId)}\r\n${lines}\r\n`);
}
