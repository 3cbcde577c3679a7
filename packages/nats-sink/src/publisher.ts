import { type Message, toError } from "@alumiini/delivery";
import type { BatchAttempt } from "./batch-attempt.js";
import type { NatsConnection } from "./client.js";
import { headerLines, messageHeaders } from "./headers.js";
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
    throw new UnsendableError(`${JSON.stringify(destination.slice(0, 300))} is no subject to publish to`);
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
