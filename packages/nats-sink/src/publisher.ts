import type { Message } from "@alumiini/core/delivery";
import { toError } from "./abortable.js";
import type { BatchAttempt } from "./batch-attempt.js";
import type { NatsConnection } from "./client.js";
import { type EncodedHeaders, encodeHeaders, headerLines } from "./headers.js";
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
   * @param replyTo answers a message's reply subject, and takes it back where the message was not published
   */
  publish(
    connection: NatsConnection,
    attempt: BatchAttempt,
    replyTo?: { expect(attempt: BatchAttempt, index: number): string; forget(reply: string): void },
  ): void {
    const { batch } = attempt;
    for (let index = 0; index < batch.length; index++) {
      const message = batch[index];
      if (message === undefined || attempt.hasResult(index)) continue;
      const headers = this.#encode(message);
      const problem = problemOf(message, headers, connection);
      if (problem !== undefined || headers === undefined) {
        attempt.settle(index, { status: "rejected", error: new Error(problem) });
        continue;
      }
      const reply = replyTo?.expect(attempt, index);
      try {
        connection.publish(message.destination, message.body, reply === undefined ? { headers } : { reply, headers });
      } catch (error) {
        if (reply !== undefined) replyTo?.forget(reply);
        attempt.leave(toError(error), index);
        return;
      }
    }
  }

  /** Most messages share one object of headers: its lines are made once. */
  #encode(message: Message): EncodedHeaders | undefined {
    if (message.headers !== this.#headers) {
      try {
        this.#lines = this.#fixedLines + headerLines(message.headers);
      } catch {
        return undefined; // Read back from an outbox that someone wrote into: the message is refused below.
      }
      this.#headers = message.headers;
    }
    return encodeHeaders(message.id, this.#lines);
  }
}

function problemOf(
  { destination, body }: Message,
  headers: EncodedHeaders | undefined,
  { info }: NatsConnection,
): string | undefined {
  if (headers === undefined) return "a header has characters that NATS does not allow";
  if (!isPublishable(destination)) return `${JSON.stringify(destination.slice(0, 300))} is no subject to publish to`;
  const bytes = headers.byteLength + body.byteLength;
  if (info !== undefined && bytes > info.max_payload) {
    return `the message has ${bytes} bytes, the server's max_payload is ${info.max_payload}: raise it or send less`;
  }
  return undefined;
}
