import { type Message, percentEncode, toError } from "@alumiini/delivery";
import type { BatchAttempt } from "./batch-attempt.js";
import type { NatsConnection } from "./client.js";
import { isPublishable } from "./subject.js";

/** Publishes the messages of a batch one after the other, and refuses those that no server would ever take. */
export class Publisher {
  readonly #fixedLines: string;
  #headers: Message["headers"] | undefined;
  #lines = "";

  /** @param fixedHeaders what every message carries */
  constructor(fixedHeaders: Readonly<Record<string, string>> = {}) {
    this.#fixedLines = headerLines(fixedHeaders);
  }

  /**
   * Publishes what has no result yet. Where the client throws, the message and all that follow are to be sent again, so
   * that none overtakes another.
   *
   * @param replyPrefix what the reply subjects begin with, the index in the batch being the rest; none when absent
   */
  publish(connection: NatsConnection, attempt: BatchAttempt, replyPrefix?: string): void {
    attempt.publish((index) => {
      const message = attempt.batch[index];
      if (message === undefined) return;
      try {
        const headers = messageHeaders(message.id, this.#linesOf(message));
        check(message, headers.byteLength + message.body.byteLength, connection);
        const options = replyPrefix === undefined ? { headers } : { reply: replyPrefix + index, headers };
        connection.publish(message.destination, message.body, options);
      } catch (error) {
        if (error instanceof UnsendableError) attempt.settle(index, { status: "rejected", error });
        else attempt.leave(toError(error), index);
      }
    });
  }

  /** Most messages share one object of headers: its lines are made once. */
  #linesOf({ headers }: Message): string {
    if (headers === this.#headers) return this.#lines;
    try {
      this.#lines = this.#fixedLines + headerLines(headers);
    } catch (error) {
      // Read back from an outbox that someone wrote into.
      throw new UnsendableError(toError(error).message);
    }
    this.#headers = headers;
    return this.#lines;
  }
}

function check({ destination }: Message, bytes: number, { info }: NatsConnection): void {
  if (!isPublishable(destination)) {
    throw new UnsendableError(`${JSON.stringify(destination.slice(0, 300))} is not a valid subject`);
  }
  if (info !== undefined && bytes > info.max_payload) {
    throw new UnsendableError(
      `the message has ${bytes} bytes, the server's max_payload is ${info.max_payload}: raise it or send less`,
    );
  }
}

/** No attempt with this message will ever succeed. */
class UnsendableError extends Error {
  override readonly name = "UnsendableError";
}

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
