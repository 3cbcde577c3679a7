import { MAX_TIMER_MS } from "@alumiini/core/adapter";
import type { OutboxClient } from "../outbox/outbox-client.js";
import { Timers } from "../ports/time.js";
import { readResults, type SendResult, type Transport, toError } from "../ports/transport.js";
import type { Entry } from "../queue/entry.js";
import type { Batch } from "../queue/keyed-queue.js";
import type { DeliveryState } from "../state.js";
import type { CircuitState } from "../stats.js";
import { attempt } from "./attempt.js";
import { backoff } from "./backoff.js";
import { Connection } from "./connection.js";
import { ReceiverHealth } from "./receiver-health.js";
import { addDelay, type Delay, type Failure, Settlement } from "./settlement.js";

/** The longest pause that a receiver can ask for, in milliseconds. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/** Sends what waits in the queue: in batches, several at once, again where that can help. */
export class Sender {
  batches = 0;
  readonly #timers: Timers;
  readonly #health = new ReceiverHealth();
  readonly #connection: Connection;
  readonly #settlement: Settlement;
  #closed = false;
  /** Flushes under way: nothing lingers. */
  #hurried = 0;
  #pumping = false;
  /** When the next timer ends that lets messages linger. */
  #wakesAt = Number.POSITIVE_INFINITY;
  /** Delays that end early when an outage does. */
  readonly #delays = new Set<() => void>();
  #expiryPlanned = false;
  #onIdle = () => {};

  constructor(
    readonly state: DeliveryState,
    readonly transport: Transport,
    readonly outbox: OutboxClient | undefined,
  ) {
    this.#timers = new Timers(state.time);
    this.#connection = new Connection(state, transport, {
      opened: () => {
        // By now the transport may know more.
        state.buffer.queue.regroup();
        this.schedule();
      },
      linkUp: () => {
        // What failed because the link was down need not wait any longer.
        this.#health.endPause();
        this.#endDelays();
        this.schedule();
      },
    });
    this.#settlement = new Settlement(state, this.#health, outbox, () => !this.#closed && this.connected);
    this.#connection.open();
  }

  /** Resolves when it is connected; rejects when it is closed before. */
  get ready(): Promise<void> {
    return this.#connection.ready;
  }

  get connected(): boolean {
    return this.#connection.isUp;
  }

  get circuit(): CircuitState {
    return this.#connection.isDown ? "open" : this.#health.state;
  }

  /** Sends without lingering, until the returned function is called. */
  hurry(): () => void {
    this.#hurried++;
    this.schedule();
    return () => {
      this.#hurried--;
    };
  }

  /** Makes sure that what waits is sent in time. To be called when something was put into the queue. */
  schedule(): void {
    if (this.#pumping) return;
    const { buffer, time } = this.state;
    this.#planExpiry();
    if (!this.#maySend()) return;
    const due = buffer.queue.fillsBatch ? Number.NEGATIVE_INFINITY : this.#oldestDueAt();
    // There is a timer already, or nothing to wake up for.
    if (due >= this.#wakesAt) return;
    const wait = due - time.now();
    if (wait > 0) {
      this.#wakesAt = due;
      this.#timers.set(wait, () => {
        if (this.#wakesAt === due) this.#wakesAt = Number.POSITIVE_INFINITY;
        this.#pump();
      });
      return;
    }
    this.#pumping = true;
    // Not within the controller's own call.
    queueMicrotask(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  /** Starts nothing any more; resolves when connecting and the batches under way have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timers.close();
    await this.#connection.close();
    if (this.state.underWay.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #maySend(): boolean {
    if (!this.connected || this.#closed || this.state.underWay.size >= this.state.options.maxInFlight) return false;
    return this.#health.permits !== undefined;
  }

  /** When the longest-waiting message must be sent though its batch is not full; infinite where nothing waits. */
  #oldestDueAt(): number {
    return this.state.buffer.queue.readySince + (this.#hurried > 0 ? 0 : this.state.options.lingerMs);
  }

  #pump(): void {
    const { buffer, time } = this.state;
    this.#expire();
    while (this.#maySend()) {
      const oldestIsDue = this.#oldestDueAt() <= time.now();
      if (!oldestIsDue && !buffer.queue.fillsBatch) break;
      const isProbe = this.#health.permits === "probe";
      // Every other probe distinguishes a receiver that is down from keys that all wait behind a bad message.
      const batch = isProbe ? buffer.queue.takeProbe(this.#health.pauses % 2 === 0) : buffer.queue.take(oldestIsDue);
      if (batch === undefined) break;
      if (isProbe) this.#health.probe();
      this.#send(batch, isProbe);
    }
    this.schedule();
  }

  #send(batch: Batch, isProbe: boolean): void {
    const { transport, state } = this;
    const { aside, group } = batch;
    const entries = aside === undefined ? batch.entries : batch.entries.slice(1);
    state.underWay.add(batch);
    this.batches++;
    const now = state.time.now();
    for (const keyQueue of batch.keyQueues) keyQueue.triedAt = now;
    const passesBefore = this.#health.passes(group);
    const messages = entries.map((entry) => entry.message);
    const send = async (signal: AbortSignal) => readResults(await transport.send(messages, signal), entries.length);
    attempt(send, state.options.attemptTimeoutMs, state.stop, state.time).then(
      (results) => this.#sent(batch, results, passesBefore, isProbe, true),
      (thrown: unknown) => {
        const again: SendResult = { status: "retry", error: toError(thrown) };
        this.#sent(
          batch,
          entries.map(() => again),
          passesBefore,
          isProbe,
          false,
        );
      },
    );
  }

  /** `isAnswer`: the results are the transport's own; it did not throw, nor take too long. */
  #sent(batch: Batch, results: readonly SendResult[], passesBefore: number, isProbe: boolean, isAnswer: boolean): void {
    const { buffer, underWay } = this.state;
    underWay.delete(batch);
    const endsOutage = this.#judge(batch, results, isProbe);
    const { again, delays, suspect } = this.#settlement.settle(batch, results, passesBefore, isAnswer);
    buffer.queue.putBack(again);
    const behind = suspect && buffer.queue.takeBehind(suspect.keyQueue, batch.group, suspect.error);
    if (suspect !== undefined && behind === undefined) addDelay(delays, suspect.keyQueue, suspect.failures, 0);
    const held = new Set(delays.flatMap(({ keyQueues }) => keyQueues));
    if (suspect !== undefined && behind !== undefined) {
      held.add(suspect.keyQueue);
      this.#send(behind, false);
    }
    buffer.queue.release(batch.keyQueues.filter((keyQueue) => !held.has(keyQueue)));
    for (const delay of delays) this.#releaseLater(delay);
    // What failed in the outage is not to blame for it.
    if (endsOutage) this.#endDelays();
    if (underWay.size === 0) this.#onIdle();
    this.state.settled();
    this.schedule();
  }

  /** Draws conclusions about the receiver. Returns whether an outage has ended. */
  #judge({ keyQueues, group }: Batch, results: readonly SendResult[], isProbe: boolean): boolean {
    const { accounting, report } = this.state;
    let delivered = 0;
    let failures = 0;
    let failure: Failure | undefined;
    for (const result of results) {
      if (result.status === "delivered") delivered++;
      if (result.status !== "retry") continue;
      failure ??= result;
      failures++;
    }
    // A lost link is one fault, and reported as that.
    if (failure !== undefined && !this.#closed && !this.#connection.isLinkLost) {
      accounting.failed(failure.error);
      report("send_failed", "Sending failed; retrying where that can help:", failure.error);
    }
    if (failures < results.length) return this.#health.answered(group, delivered);
    const keys = keyQueues.map(({ key }) => key);
    if (this.#health.failed(keys, isProbe)) {
      this.#timers.set(backoff(this.state, this.#health.pauses), () => {
        this.#health.endPause();
        this.schedule();
      });
    }
    return false;
  }

  #releaseLater({ failures, retryAfterMs, keyQueues }: Delay): void {
    const { queue } = this.state.buffer;
    const delay = Math.max(backoff(this.state, failures), Math.min(retryAfterMs, MAX_RETRY_AFTER_MS));
    const release = () => {
      cancel();
      this.#delays.delete(release);
      queue.release(keyQueues);
      this.schedule();
    };
    const cancel = this.#timers.set(delay, release);
    // What the receiver asked for stands, whatever else it takes.
    if (retryAfterMs === 0) this.#delays.add(release);
  }

  #endDelays(): void {
    for (const release of [...this.#delays]) release();
  }

  /** Gives up what is older than it may become. */
  #expire(): void {
    const { accounting, buffer } = this.state;
    const { maxAgeMs } = this.state.options.retry;
    if (maxAgeMs === Number.POSITIVE_INFINITY) return;
    const expired: Entry[] = [];
    for (
      let { oldest } = buffer.queue;
      oldest !== undefined && this.state.isExpired(oldest);
      oldest = buffer.queue.oldest
    ) {
      buffer.queue.dropOldest();
      buffer.forget(oldest);
      expired.push(oldest);
      accounting.giveUp(oldest.message, "expired", new Error(accounting.reason));
    }
    if (expired.length === 0) return;
    this.outbox?.acknowledge(expired);
    this.state.settled();
  }

  #planExpiry(): void {
    const { buffer, options, time } = this.state;
    const { oldest } = buffer.queue;
    if (this.#expiryPlanned || oldest === undefined || options.retry.maxAgeMs === Number.POSITIVE_INFINITY) return;
    this.#expiryPlanned = true;
    const wait = oldest.acceptedAt + options.retry.maxAgeMs - time.now();
    this.#timers.set(Math.min(Math.max(1, wait), MAX_TIMER_MS), () => {
      this.#expiryPlanned = false;
      this.#pump();
    });
  }
}
