import { type Message, percentEncode, toError } from "@alumiini/delivery";
import type { BatchAttempt } from "./batch-attempt.js";
import type { NatsConnection } from "./client.js";
import { isPublishable } from "./subject.js";

/** Publishes the messages of a batch one after the other, and refuses those that no server would ever take. */
export class Publisher {
  readonly #fixedLines: string;
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
    const blocks = new HeaderBlocks(attempt.batch, this.#fixedLines);
    attempt.publish((index) => {
      const message = attempt.batch[index];
      if (message === undefined) return;
      try {
        const headers = blocks.at(index);
        this.#check(message, headers.bytes.length, connection);
        const options = replyPrefix === undefined ? { headers } : { reply: replyPrefix + index, headers };
        connection.publish(message.destination, message.body, options);
      } catch (error) {
        if (error instanceof UnsendableError) attempt.settle(index, { status: "rejected", error });
        else attempt.leave(toError(error), index);
      }
    });
  }

  #check({ destination, body }: Message, headerBytes: number, { info }: NatsConnection): void {
    // Read back from an outbox that someone wrote into.
    if (headerBytes === 0) throw new UnsendableError("a header has forbidden characters");
    if (destination !== this.#subject) {
      if (!isPublishable(destination)) {
        throw new UnsendableError(`${JSON.stringify(destination.slice(0, 300))} is not a valid subject`);
      }
      this.#subject = destination;
    }
    const bytes = headerBytes + body.length;
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

/**
 * The header blocks of a batch's messages: the id, by which JetStream recognises duplicates, and the headers. They are
 * encoded as one text, because encoding and holding each by itself costs several times as much.
 */
export class HeaderBlocks {
  readonly #bytes: Uint8Array;
  /** Where the block of each message ends. */
  readonly #ends: number[] = [];

  constructor(batch: readonly Pick<Message, "id" | "headers">[], fixedLines: string) {
    let text = "";
    let written: Message["headers"] | undefined;
    let tail: string | undefined;
    for (const { id, headers } of batch) {
      // Most messages share one object of headers.
      if (headers !== written) {
        tail = headerTail(fixedLines, headers);
        written = headers;
      }
      if (tail !== undefined) text += `NATS/1.0\r\nNats-Msg-Id: ${percentEncode(id)}${tail}`;
      this.#ends.push(text.length);
    }
    // All of it is ASCII: a byte for each character.
    this.#bytes = encoder.encode(text);
  }

  /** The block of one message; empty where it has headers that no message may have. */
  at(index: number): MessageHeaders {
    return new MessageHeaders(this.#bytes.subarray(this.#ends[index - 1] ?? 0, this.#ends[index]));
  }
}

/** Headers of one message. Both clients ask what they are given for its `encode()`, and nothing else. */
class MessageHeaders {
  constructor(readonly bytes: Uint8Array) {}

  encode(): Uint8Array {
    return this.bytes;
  }
}

/** What stands behind the id in a header block; `undefined` where that has characters that no header may have. */
function headerTail(fixedLines: string, headers: Message["headers"]): string | undefined {
  try {
    return `\r\n${fixedLines}${headerLines(headers)}\r\n`;
  } catch {
    return undefined;
  }
}

/**
 * Makes header lines.
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
