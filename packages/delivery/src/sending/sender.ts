import { MAX_TIMER_MS } from "@alumiini/core/adapter";
import type { OutboxClient } from "../outbox/outbox-client.js";
import { Timers } from "../ports/time.js";
import { type LinkState, readResults, type SendResult, type Transport, toError } from "../ports/transport.js";
import type { Entry, KeyQueue } from "../queue/entry.js";
import type { Batch } from "../queue/keyed-queue.js";
import type { DeliveryState } from "../state.js";
import type { CircuitState } from "../stats.js";
import { attempt, Stop } from "./attempt.js";
import { ReceiverHealth } from "./receiver-health.js";

/** The longest pause that a receiver can ask for, in milliseconds. */
const MAX_RETRY_AFTER_MS = 3_600_000;

type Failure = Extract<SendResult, { readonly status: "retry" }>;

/** Keys that wait for the same reason, and so for the same time. */
interface Delay {
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

/** Connects, and sends what waits in the queue: in batches, several at once, again where that can help. */
export class Sender {
  batches = 0;
  readonly ready: Promise<void>;
  readonly #timers: Timers;
  readonly #health = new ReceiverHealth();
  readonly #stopConnecting = new Stop();
  #connecting = Promise.resolve();
  /** `connect` has succeeded. */
  #established = false;
  /** The transport says that its link is down, and repairs it. */
  #linkLost = false;
  #connectFailed = false;
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
  #settleReady: { readonly resolve: () => void; readonly reject: (error: Error) => void };

  constructor(
    readonly state: DeliveryState,
    readonly transport: Transport,
    readonly outbox: OutboxClient | undefined,
  ) {
    this.#timers = new Timers(state.time);
    let settle = { resolve: () => {}, reject: (_: Error) => {} };
    this.ready = new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
    this.#settleReady = settle;
    // Avoids an unhandled rejection when nobody awaits `ready`.
    this.ready.catch(() => {});
    transport.followLink?.((link) => this.#turnLink(link));
    // Not in the caller's way: its own synchronous work goes first.
    queueMicrotask(() => this.#connect(1));
  }

  get connected(): boolean {
    return this.#established && !this.#linkLost;
  }

  get circuit(): CircuitState {
    const down = this.#linkLost || (this.#connectFailed && !this.#established);
    return down ? "open" : this.#health.state;
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
    this.#stopConnecting.stop();
    this.#settleReady.reject(new Error("closed before it was connected"));
    await this.#connecting;
    if (this.state.underWay.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  #connect(attempts: number): void {
    if (this.#closed) return;
    const { transport, state } = this;
    const connect = async (signal: AbortSignal) => transport.connect?.(signal);
    this.#connecting = attempt(connect, state.options.attemptTimeoutMs, this.#stopConnecting, state.time).then(
      () => {
        this.#established = true;
        // By now the transport may know more.
        state.buffer.queue.regroup();
        this.#settleReady.resolve();
        this.schedule();
      },
      (error: unknown) => {
        if (this.#closed) return;
        this.#connectFailed = true;
        state.accounting.failed(error);
        state.report("connect_failed", "Can't connect; retrying until it succeeds, and events wait meanwhile:", error);
        this.#timers.set(this.#backoff(attempts), () => this.#connect(attempts + 1));
      },
    );
  }

  #turnLink(link: LinkState): void {
    if (this.#closed) return;
    this.#linkLost = !link.up;
    if (link.error !== undefined) {
      const { accounting, report } = this.state;
      accounting.failed(link.error);
      if (link.up) report("send_failed", "Nothing can be sent as things are; it is tried all the same:", link.error);
      else
        report("connect_failed", "The connection is lost; it is opened again, and what is emitted waits:", link.error);
    }
    if (!link.up) return;
    // What failed because the link was down need not wait any longer.
    this.#health.endPause();
    for (const release of [...this.#delays]) release();
    this.schedule();
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
    const { again, delays, suspect } = this.#settle(batch, results, passesBefore, isAnswer);
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
    if (endsOutage) for (const release of [...this.#delays]) release();
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
    if (failure !== undefined && !this.#closed && !this.#linkLost) {
      accounting.failed(failure.error);
      report("send_failed", "Sending failed; what can be sent again will be:", failure.error);
    }
    if (failures < results.length) return this.#health.answered(group, delivered);
    const keys = keyQueues.map(({ key }) => key);
    if (this.#health.failed(keys, isProbe)) {
      this.#timers.set(this.#backoff(this.#health.pauses), () => {
        this.#health.endPause();
        this.schedule();
      });
    }
    return false;
  }

  /**
   * Counts what became of each message. Returns those to be sent again, in order, what their keys wait for, and a message
   * that seems to be bad, to be set aside for a trial.
   */
  #settle({ entries, group, aside }: Batch, sent: readonly SendResult[], passesBefore: number, isAnswer: boolean) {
    const results: readonly SendResult[] = aside === undefined ? sent : [{ status: "retry", error: aside }, ...sent];
    // The receiver took what came behind: now the first would come too late, in order it can't come any more.
    const isOvertaken = aside !== undefined && results[1]?.status === "delivered";
    const { accounting, buffer, time } = this.state;
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
    this.outbox?.acknowledge(done);
    return { again, delays, suspect };
  }

  /**
   * Whether a message that waits in an assumed outage is likely to be the reason itself: it failed while others passed,
   * and then, while nothing did, as often as a message may. Then the one behind it is tried, at once: if that passes, it was.
   */
  #isSuspect({ attempts, stalled }: Entry, { busy, retryAfterMs = 0 }: Failure): boolean {
    const { closing, options } = this.state;
    if (closing || this.#closed || !this.connected || busy === true || retryAfterMs > 0) return false;
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
    const { closing, options } = this.state;
    const passes = this.#health.passes(group);
    const passesThen = entry.failures === 0 ? passesBefore : entry.passesSeen;
    entry.failures++;
    entry.stalled = passes > passesThen ? 0 : entry.stalled + 1;
    entry.passesSeen = passes;
    // An attempt that closing cut short does not count against the message.
    if (closing) return undefined;
    if (this.state.isExpired(entry)) return "expired";
    if (isTold && busy !== true && passes > passesThen) entry.attempts++;
    return entry.attempts >= options.retry.maxAttempts ? "attempts_exhausted" : undefined;
  }

  #releaseLater({ failures, retryAfterMs, keyQueues }: Delay): void {
    const { queue } = this.state.buffer;
    const delay = Math.max(this.#backoff(failures), Math.min(retryAfterMs, MAX_RETRY_AFTER_MS));
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

  /**
   * Returns the delay before the attempt that follows the `attempt`th (1 or more), in milliseconds: a random part of
   * `initialDelayMs` doubled at each attempt, bounded by `maxDelayMs`. At least 1: never a busy loop.
   */
  #backoff(attempt: number): number {
    const { initialDelayMs, maxDelayMs } = this.state.options.retry;
    const bound = Math.min(maxDelayMs, initialDelayMs * 2 ** Math.min(attempt - 1, 52));
    return Math.max(1, Math.round(bound * this.state.time.random()));
  }
}

/** Puts keys that wait for the same reason under one timer. */
function addDelay(delays: Delay[], keyQueue: KeyQueue, failures: number, retryAfterMs: number): void {
  const known = delays.find((delay) => delay.failures === failures && delay.retryAfterMs === retryAfterMs);
  if (known === undefined) delays.push({ failures, retryAfterMs, keyQueues: [keyQueue] });
  else known.keyQueues.push(keyQueue);
}
