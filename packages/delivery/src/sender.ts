import { attempt } from "./attempt.js";
import { type Backoff, createBackoff } from "./backoff.js";
import { Circuit, type CircuitState } from "./circuit.js";
import type { ReportDelivery } from "./failure.js";
import type { ResolvedOptions } from "./options.js";
import { readResults, toError } from "./ports/results.js";
import type { DeliveryTime } from "./ports/time.js";
import { Timers } from "./ports/timers.js";
import type { SendResult, Transport } from "./ports/transport.js";
import type { Entry } from "./queue/entry.js";
import type { Batch, KeyedQueue } from "./queue/keyed-queue.js";
import { Stop } from "./stop.js";

/** What the sender needs of the delivery around it. */
export interface SenderHost {
  readonly queue: KeyedQueue;
  readonly time: DeliveryTime;
  readonly report: ReportDelivery;
  /** Ends the batches under way. */
  readonly stop: Stop;
  /** One attempt at a batch has ended. Answers the entries to be sent again, in their order. */
  settle(entries: readonly Entry[], results: readonly SendResult[]): readonly Entry[];
  /** What was said when an attempt failed as a whole. */
  failed(error: unknown): void;
  /** There may be room in memory, and batches have ended. */
  changed(): void;
}

/** The longest pause that a receiver can ask for, in milliseconds. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/** Connects, and sends what waits in the queue: in batches, several at once, again where that can help. */
export class Sender {
  connected = false;
  batches = 0;
  readonly ready: Promise<void>;
  readonly #timers: Timers;
  readonly #backoff: Backoff;
  readonly #circuit = new Circuit();
  readonly #stopConnecting = new Stop();
  #connecting = Promise.resolve();
  #batchesUnderWay = 0;
  #connectFailed = false;
  #closed = false;
  /** Flushes under way: nothing lingers. */
  #hurried = 0;
  #pumping = false;
  /** When the next timer ends that lets messages linger. */
  #wakesAt = Number.POSITIVE_INFINITY;
  #idle = () => {};
  #settleReady: { readonly resolve: () => void; readonly reject: (error: Error) => void };

  constructor(
    readonly transport: Transport,
    readonly options: ResolvedOptions,
    readonly host: SenderHost,
  ) {
    this.#timers = new Timers(host.time);
    this.#backoff = createBackoff(options.retry, host.time);
    let settle = { resolve: () => {}, reject: (_: Error) => {} };
    this.ready = new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
    this.#settleReady = settle;
    // Whoever does not ask need not hear of it.
    this.ready.catch(() => {});
    // Not in the caller's way: its own synchronous work goes first.
    queueMicrotask(() => this.#connect(1));
  }

  get circuit(): CircuitState {
    return this.#connectFailed && !this.connected ? "open" : this.#circuit.state;
  }

  /** Sends without lingering, until the answer is called. */
  hurry(): () => void {
    this.#hurried++;
    this.schedule();
    return () => {
      this.#hurried--;
    };
  }

  /** Sees to it that what waits is sent in time. To be called when something was put into the queue. */
  schedule(): void {
    const { queue, time } = this.host;
    const due = queue.fillsBatch ? Number.NEGATIVE_INFINITY : this.#oldestDueAt();
    // There is a timer already, or nothing to wake up for.
    if (this.#pumping || due >= this.#wakesAt || !this.#maySend()) return;
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
    if (this.#batchesUnderWay === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  #connect(attempts: number): void {
    if (this.#closed) return;
    const { transport, options, host } = this;
    const connect = async (signal: AbortSignal) => transport.connect?.(signal);
    this.#connecting = attempt(connect, options.attemptTimeoutMs, this.#stopConnecting, host.time).then(
      () => {
        this.connected = true;
        // By now the transport may know more.
        host.queue.regroup();
        this.#settleReady.resolve();
        this.schedule();
      },
      (error: unknown) => {
        if (this.#closed) return;
        this.#connectFailed = true;
        host.failed(error);
        host.report("connect_failed", "Can't connect; it is tried again for ever, and what is emitted waits:", error);
        this.#timers.set(this.#backoff(attempts), () => this.#connect(attempts + 1));
      },
    );
  }

  #maySend(): boolean {
    if (!this.connected || this.#closed || this.#batchesUnderWay >= this.options.maxInFlight) return false;
    const { state } = this.#circuit;
    return state === "closed" || (state === "half-open" && this.#batchesUnderWay === 0);
  }

  /** When that which has waited longest may go on waiting for its batch to fill no more; infinite where nothing waits. */
  #oldestDueAt(): number {
    return this.host.queue.readySince + (this.#hurried > 0 ? 0 : this.options.lingerMs);
  }

  #pump(): void {
    const { queue, time } = this.host;
    while (this.#maySend()) {
      const oldestIsDue = this.#oldestDueAt() <= time.now();
      const batch = oldestIsDue || queue.fillsBatch ? queue.take(oldestIsDue) : undefined;
      if (batch === undefined) break;
      this.#send(batch);
    }
    this.schedule();
  }

  #send(batch: Batch): void {
    const { transport, options, host } = this;
    const { entries } = batch;
    this.#batchesUnderWay++;
    this.batches++;
    const messages = entries.map((entry) => entry.message);
    const send = async (signal: AbortSignal) => readResults(await transport.send(messages, signal), entries.length);
    attempt(send, options.attemptTimeoutMs, host.stop, host.time).then(
      (results) => this.#sent(batch, results),
      (thrown: unknown) => {
        const again: SendResult = { status: "retry", error: toError(thrown) };
        this.#sent(
          batch,
          entries.map(() => again),
        );
      },
    );
  }

  #sent({ entries, lanes }: Batch, results: readonly SendResult[]): void {
    const { queue } = this.host;
    this.#batchesUnderWay--;
    this.#judge(results);
    const again = this.host.settle(entries, results);
    queue.putBack(again);
    const delayed = new Set(again.map((entry) => entry.lane));
    queue.release(lanes.filter((lane) => !delayed.has(lane)));
    if (delayed.size > 0) {
      this.#timers.set(this.#delay(again, results), () => {
        queue.release(lanes.filter((lane) => delayed.has(lane)));
        this.schedule();
      });
    }
    if (this.#batchesUnderWay === 0) this.#idle();
    this.host.changed();
    this.schedule();
  }

  /** Whether the receiver answered at all is what the circuit goes by. */
  #judge(results: readonly SendResult[]): void {
    const failed = results.find((result) => result.status === "retry");
    if (failed?.status === "retry" && !this.#closed) {
      this.host.failed(failed.error);
      this.host.report("send_failed", "Sending failed; what can be sent again will be:", failed.error);
    }
    if (results.some((result) => result.status !== "retry")) this.#circuit.succeed();
    else if (this.#circuit.fail()) {
      this.#timers.set(this.#backoff(this.#circuit.attempt), () => {
        this.#circuit.probe();
        this.schedule();
      });
    }
  }

  /** Milliseconds before the messages are sent again: what the receiver asked for, or more. */
  #delay(again: readonly Entry[], results: readonly SendResult[]): number {
    let delay = this.#backoff(again.reduce((most, entry) => Math.max(most, entry.failures), 1));
    for (const result of results) {
      const asked = result.status === "retry" ? (result.retryAfterMs ?? 0) : 0;
      if (asked > delay) delay = Math.min(asked, MAX_RETRY_AFTER_MS);
    }
    return delay;
  }
}
