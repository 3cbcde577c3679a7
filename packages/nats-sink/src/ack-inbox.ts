import { readAcknowledgement } from "./acknowledgement.js";
import type { BatchAttempt } from "./batch-attempt.js";
import type { NatsMessage } from "./client.js";

/** Messages that timed out and whose acknowledgement is still welcome, at most. */
const MAX_OVERDUE = 10_000;
const ACKNOWLEDGED = Symbol("acknowledged");

interface Expected {
  readonly attempt: BatchAttempt;
  readonly index: number;
}

/**
 * Gives messages their results as acknowledgements come, each on a reply subject of its own under one subscription.
 * The clients' `js.publish` makes an error, a timer and several promises for every message; this makes none.
 */
export class AckInbox {
  readonly #stream: string | undefined;
  /** By reply subject. */
  readonly #expected = new Map<string, Expected>();
  /** By message id: the reply subject of an attempt that timed out, or that its acknowledgement came after all. */
  readonly #overdue = new Map<string, string | typeof ACKNOWLEDGED>();
  #prefix = "";
  #next = 0;

  constructor(stream: string | undefined) {
    this.#stream = stream;
  }

  /** What to subscribe to. */
  get subject(): string {
    return `${this.#prefix}*`;
  }

  /** Starts anew under other reply subjects. */
  open(prefix: string): void {
    this.#prefix = `${prefix}.${crypto.randomUUID().replaceAll("-", "")}.`;
  }

  /** Answers the reply subject for a message that is about to be published. */
  expect(attempt: BatchAttempt, index: number): string {
    if (this.#overdue.size > 0) this.#giveUp(attempt.batch[index]?.id ?? "");
    const reply = `${this.#prefix}${this.#next++}`;
    this.#expected.set(reply, { attempt, index });
    return reply;
  }

  /** The message was not published after all. */
  forget(reply: string): void {
    this.#expected.delete(reply);
  }

  /**
   * Settles the messages whose acknowledgement came too late for an earlier attempt. On a link so slow that every
   * attempt times out, this is how messages get through.
   */
  settleAcknowledged(attempt: BatchAttempt): void {
    if (this.#overdue.size === 0) return;
    for (const [index, { id }] of attempt.batch.entries()) {
      if (this.#overdue.get(id) !== ACKNOWLEDGED) continue;
      this.#overdue.delete(id);
      attempt.settle(index, { status: "delivered" });
    }
  }

  /** Takes what came to a reply subject. */
  take(reply: NatsMessage): void {
    const expected = this.#expected.get(reply.subject);
    if (expected === undefined) return;
    this.#expected.delete(reply.subject);
    const { attempt, index } = expected;
    const message = attempt.batch[index];
    if (message === undefined) return;
    const result = readAcknowledgement(reply, message.destination, this.#stream);
    if (!attempt.hasResult(index)) attempt.settle(index, result);
    else if (result.status === "delivered") this.#overdue.set(message.id, ACKNOWLEDGED);
    else this.#overdue.delete(message.id);
  }

  /** The time of an attempt is over: what has no result is to be sent again. Answers whether any was published. */
  timeOut(attempt: BatchAttempt, error: Error): boolean {
    if (this.#overdue.size > MAX_OVERDUE) this.#overdue.clear();
    let published = false;
    for (const [reply, expected] of this.#expected) {
      const message = attempt.batch[expected.index];
      if (expected.attempt !== attempt || message === undefined) continue;
      this.#overdue.set(message.id, reply);
      published = true;
    }
    attempt.leave(error);
    return published;
  }

  /** No acknowledgement will come for anything that was sent so far: all of it is to be sent again. */
  interrupt(error: Error): void {
    const attempts = new Set<BatchAttempt>();
    for (const { attempt } of this.#expected.values()) attempts.add(attempt);
    this.#expected.clear();
    for (const [id, state] of this.#overdue) if (state !== ACKNOWLEDGED) this.#overdue.delete(id);
    for (const attempt of attempts) attempt.leave(error);
  }

  /** The server refused what was published on a subject. */
  deny(subject: string, error: Error): void {
    for (const [reply, { attempt, index }] of this.#expected) {
      if (attempt.batch[index]?.destination !== subject) continue;
      this.#expected.delete(reply);
      attempt.settle(index, { status: "retry", error });
    }
  }

  /** The message is sent again: of the attempt before, nothing is awaited any more. */
  #giveUp(id: string): void {
    const earlier = this.#overdue.get(id);
    if (typeof earlier === "string") this.#expected.delete(earlier);
    this.#overdue.delete(id);
  }
}
