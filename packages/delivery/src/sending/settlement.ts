import type { OutboxClient } from "../outbox/outbox-client.js";
import type { SendResult } from "../ports/transport.js";
import type { Entry, KeyQueue } from "../queue/entry.js";
import type { Batch } from "../queue/keyed-queue.js";
import type { DeliveryState } from "../state.js";
import type { ReceiverHealth } from "./receiver-health.js";

/** A result of a message that may be sent again. */
export type Failure = Extract<SendResult, { readonly status: "retry" }>;

/** Keys that wait for the same reason, and so for the same time. */
export interface Delay {
  readonly failures: number;
  readonly retryAfterMs: number;
  readonly keyQueues: KeyQueue[];
}

/** A message that seems to be bad, the first of its key. */
interface Suspect {
  readonly keyQueue: KeyQueue;
  readonly error: Error;
  readonly failures: number;
}

/** What is to be done with the messages that were not taken. */
interface Settled {
  /** To be sent again, in order. */
  readonly again: Entry[];
  readonly delays: Delay[];
  readonly suspect: Suspect | undefined;
}

/** Decides for each message of a batch whether it is delivered, given up, or sent again and when. */
export class Settlement {
  readonly #state: DeliveryState;
  readonly #health: ReceiverHealth;
  readonly #outbox: OutboxClient | undefined;
  readonly #maySend: () => boolean;

  /** @param maySend whether a message can be tried at once */
  constructor(state: DeliveryState, health: ReceiverHealth, outbox: OutboxClient | undefined, maySend: () => boolean) {
    this.#state = state;
    this.#health = health;
    this.#outbox = outbox;
    this.#maySend = maySend;
  }

  /**
   * Counts what became of each message. Returns what is to be done with those that were not taken.
   *
   * @param passesBefore messages that passed before these were sent
   * @param isAnswer whether the results are the transport's own: it did not throw, nor take too long
   */
  settle(
    { entries, group, aside }: Batch,
    sent: readonly SendResult[],
    passesBefore: number,
    isAnswer: boolean,
  ): Settled {
    const results: readonly SendResult[] = aside === undefined ? sent : [{ status: "retry", error: aside }, ...sent];
    // The receiver took what came behind: now the first would come too late, in order it can't come any more.
    const isOvertaken = aside !== undefined && results[1]?.status === "delivered";
    const { accounting, buffer, time } = this.#state;
    const again: Entry[] = [];
    const done: Entry[] = [];
    const delays: Delay[] = [];
    const now = time.now();
    // Where all of several failed together, any of them may be the reason.
    const isTold = entries.length === 1 || results.some(({ status }) => status !== "retry");
    let suspect: Suspect | undefined;
    let key: KeyQueue | undefined;
    // Messages of one key stand together. What follows one that failed was only held up by it.
    let isHeldUp = false;
    let index = 0;
    for (const entry of entries) {
      const result = results[index++];
      const { keyQueue, message } = entry;
      if (result === undefined || keyQueue === undefined) continue;
      if (keyQueue !== key) isHeldUp = false;
      key = keyQueue;
      if (result.status === "retry") {
        const isFirst = !isHeldUp;
        isHeldUp = true;
        const isTried = isFirst && aside === undefined;
        const failed = isTried ? this.#countFailure(entry, result, isTold, group, passesBefore) : undefined;
        const reason = isOvertaken ? "attempts_exhausted" : failed;
        if (reason === undefined) {
          again.push(entry);
          if (!isFirst) continue;
          buffer.queue.failed(keyQueue, isTold ? keyQueue.maxBatch : Math.ceil(entries.length / 2));
          const mayBeSuspect = suspect === undefined && isAnswer && isTried && isTold;
          if (mayBeSuspect && this.#isSuspect(entry, result)) {
            suspect = { keyQueue, error: result.error, failures: entry.failures };
          } else addDelay(delays, keyQueue, entry.failures, result.retryAfterMs ?? 0);
          continue;
        }
        buffer.forget(entry);
        accounting.giveUp(message, reason, result.error);
      } else {
        // Taken from its place and counted in one step: what is called back meanwhile may look at the counts.
        buffer.forget(entry);
        if (result.status === "delivered") accounting.deliver(now - entry.acceptedAt);
        else accounting.giveUp(message, "rejected", result.error);
      }
      done.push(entry);
      // The key goes on.
      buffer.queue.passed(keyQueue);
    }
    accounting.retries += again.length;
    this.#outbox?.acknowledge(done);
    return { again, delays, suspect };
  }

  /**
   * Whether a message that waits in an assumed outage is likely to be the reason itself: it failed while others passed,
   * and then, while nothing did, as often as a message may. Then the one behind it is tried, at once: if that passes, it was.
   */
  #isSuspect({ attempts, stalled }: Entry, { busy, retryAfterMs = 0 }: Failure): boolean {
    const { closing, options } = this.#state;
    if (closing || !this.#maySend() || busy === true || retryAfterMs > 0) return false;
    if (this.#health.state === "closed") return false;
    return attempts > 0 && stalled >= options.retry.maxAttempts;
  }

  /** Counts a failed attempt. Returns why the message is given up, if it is. */
  #countFailure(
    entry: Entry,
    { busy }: Failure,
    isTold: boolean,
    group: string,
    passesBefore: number,
  ): "expired" | "attempts_exhausted" | undefined {
    const { closing, options } = this.#state;
    const passes = this.#health.passes(group);
    const passesThen = entry.failures === 0 ? passesBefore : entry.passesSeen;
    entry.failures++;
    entry.stalled = passes > passesThen ? 0 : entry.stalled + 1;
    entry.passesSeen = passes;
    // An attempt that closing cut short does not count against the message.
    if (closing) return undefined;
    if (this.#state.isExpired(entry)) return "expired";
    if (isTold && busy !== true && passes > passesThen) entry.attempts++;
    return entry.attempts >= options.retry.maxAttempts ? "attempts_exhausted" : undefined;
  }
}

/** Puts keys that wait for the same reason under one timer. */
export function addDelay(delays: Delay[], keyQueue: KeyQueue, failures: number, retryAfterMs: number): void {
  const known = delays.find((delay) => delay.failures === failures && delay.retryAfterMs === retryAfterMs);
  if (known === undefined) delays.push({ failures, retryAfterMs, keyQueues: [keyQueue] });
  else known.keyQueues.push(keyQueue);
}
