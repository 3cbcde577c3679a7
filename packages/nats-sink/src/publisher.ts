import { type Message, percentEncode, toError } from "@alumiini/delivery";
import type { BatchAttempt } from "./batch-attempt.js";
import type { NatsConnection } from "./client.js";
import { isPublishable } from "./subject.js";

/** Publishes the messages of a batch one after the other, and refuses those that no server would ever take. */
export class Publisher {
  readonly #fixedLines: string;
  #headers: Message["headers"] | undefined;
  /** What stands behind the id in the header block of a message with `#headers`. */
  #tail: Uint8Array = encodeAscii("");
  /** The subject that was checked last: messages of one key stand together, and often share it. */
  #subject: string | undefined;

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
        const headers = new MessageHeaders(message.id, this.#tailOf(message));
        this.#check(message, headers.bytes.length + message.body.length, connection);
        const options = replyPrefix === undefined ? { headers } : { reply: replyPrefix + index, headers };
        connection.publish(message.destination, message.body, options);
      } catch (error) {
        if (error instanceof UnsendableError) attempt.settle(index, { status: "rejected", error });
        else attempt.leave(toError(error), index);
      }
    });
  }

  /** Most messages share one object of headers: what they say is encoded once. */
  #tailOf({ headers }: Message): Uint8Array {
    if (headers === this.#headers) return this.#tail;
    try {
      this.#tail = headerTail(this.#fixedLines + headerLines(headers));
    } catch (error) {
      // Read back from an outbox that someone wrote into.
      throw new UnsendableError(toError(error).message);
    }
    this.#headers = headers;
    return this.#tail;
  }

  #check({ destination }: Message, bytes: number, { info }: NatsConnection): void {
    if (destination !== this.#subject) {
      if (!isPublishable(destination)) {
        throw new UnsendableError(`${JSON.stringify(destination.slice(0, 300))} is not a valid subject`);
      }
      this.#subject = destination;
    }
    if (info !== undefined && bytes > info.max_payload) {
      throw new UnsendableError(
        `the message has ${bytes} bytes, the server's max_payload is ${info.max_payload}: raise it or send less`,
      );
    }
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

/** Memory shared with other short texts: an array of its own for each costs five times as much. */
function reserve(bytes: number): Uint8Array {
  if (bytes > BLOCK_BYTES) return new Uint8Array(bytes);
  if (used + bytes > BLOCK_BYTES) {
    block = new Uint8Array(BLOCK_BYTES);
    used = 0;
  }
  used += bytes;
  return block.subarray(used - bytes, used);
}

function encodeAscii(text: string): Uint8Array {
  const bytes = reserve(text.length);
  encoder.encodeInto(text, bytes);
  return bytes;
}

const HEAD = /* @__PURE__ */ encodeAscii("NATS/1.0\r\nNats-Msg-Id: ");

/**
 * The header block of one message: its id, by which JetStream recognises duplicates, and what was made before. Both
 * clients ask what they are given as headers for its `encode()`, and nothing else.
 */
export class MessageHeaders {
  readonly bytes: Uint8Array;

  constructor(messageId: string, tail: Uint8Array) {
    const id = percentEncode(messageId);
    const tailAt = HEAD.length + id.length;
    this.bytes = reserve(tailAt + tail.length);
    this.bytes.set(HEAD);
    // All of it is ASCII; so short a text is written faster than it is given to an encoder.
    for (let index = 0; index < id.length; index++) this.bytes[HEAD.length + index] = id.charCodeAt(index);
    this.bytes.set(tail, tailAt);
  }

  encode(): Uint8Array {
    return this.bytes;
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

/** What stands behind the id in a header block: the end of its line, and lines that stay the same. */
export function headerTail(lines: string): Uint8Array {
  return encodeAscii(`\r\n${lines}\r\n`);
}
