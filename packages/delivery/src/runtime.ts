import { objectWith, readOptions, required, text } from "@alumiini/core/adapter";
import { Accounting } from "./accounting.js";
import type { Delivery, DeliveryConfig } from "./delivery.js";
import { createDeliveryReporter, logDeliveryFailure } from "./failure.js";
import { waitForEpoch } from "./flush-epochs.js";
import { DELIVERY_RULES, withDefaults } from "./options.js";
import { OutboxClient } from "./outbox/outbox-client.js";
import { Placement } from "./overflow.js";
import type { Message } from "./ports/message.js";
import { type DeliveryTime, systemTime } from "./ports/time.js";
import type { Transport } from "./ports/transport.js";
import { outsideContext } from "./process/context.js";
import { watchExit } from "./process/exit-watch.js";
import { groupsOf } from "./queue/batch-scheduler.js";
import { abortable, attempt } from "./sending/attempt.js";
import { Sender } from "./sending/sender.js";
import { DeliveryState } from "./state.js";
import type { DeliveryStats } from "./stats.js";

/** The rules of what `createDelivery` takes. */
export const CONFIG_RULES = {
  ...DELIVERY_RULES,
  name: required(text(undefined)),
  transport: required(objectWith<Transport>("a transport, with a `send` method", "send")),
  time: objectWith<DeliveryTime>("a clock", "now", "setTimer", "random"),
};

/**
 * Creates the runtime of one sink. It begins to connect, and never throws because a receiver is down.
 *
 * @throws {OptionError} for options that no delivery could work with, and for unknown ones.
 */
export function createDelivery(config: DeliveryConfig): Delivery {
  readOptions("createDelivery", config, CONFIG_RULES);
  const delivery = outsideContext(() => new DeliveryRuntime("createDelivery", config));
  return {
    name: delivery.name,
    accept: (message) => outsideContext(() => delivery.accept(message)),
    dropIfFull: (keyOf) => outsideContext(() => delivery.dropIfFull(keyOf)),
    encodeFailed: (error) => outsideContext(() => delivery.encodeFailed(error)),
    ready: () => delivery.ready(),
    recovered: () => delivery.recovered(),
    flush: (signal) => outsideContext(() => delivery.flush(signal)),
    stored: (signal) => outsideContext(() => delivery.stored(signal)),
    close: (signal) => outsideContext(() => delivery.close(signal)),
    stats: () => delivery.stats(),
  };
}

/** Joins the parts of one delivery, and closes them. All it knows is in its {@link DeliveryState}. */
export class DeliveryRuntime implements Delivery {
  readonly name: string;
  readonly #state: DeliveryState;
  readonly #placement: Placement;
  readonly #sender: Sender;
  readonly #outbox: OutboxClient | undefined;
  readonly #stopWatching: () => void;
  #closing: Promise<void> | undefined;
  /** Settles when `close` has ended all waiting. */
  readonly #closed: Promise<void>;
  #endOpening = () => {};
  /** Releasing that `close` did not wait for. */
  #released = Promise.resolve();

  constructor(
    factory: string,
    readonly config: DeliveryConfig,
    /** Called before it is said what an ending process loses: messages may be about to be made. */
    beforeExit: () => void = () => {},
  ) {
    const { name, transport, outbox, onFailure = logDeliveryFailure, onDeadLetter, time = systemTime } = config;
    this.name = name;
    this.#closed = new Promise((resolve) => {
      this.#endOpening = resolve;
    });
    const report = createDeliveryReporter(name, onFailure, time);
    const accounting = new Accounting(report, onDeadLetter);
    const options = withDefaults(factory, config);
    const state = new DeliveryState(options, time, report, accounting, groupsOf(transport));
    this.#state = state;
    this.#outbox = outbox && new OutboxClient(state, outbox);
    this.#placement = new Placement(state, this.#outbox);
    this.#sender = new Sender(state, transport, this.#outbox);
    state.onWork = () => this.#sender.schedule();
    state.onRoom = () => this.#outbox?.backlog.refill();
    this.#stopWatching = watchExit(() => {
      beforeExit();
      return this.#lossAtExit();
    });
  }

  accept(message: Message): void {
    this.#placement.accept(message);
  }

  /** Whether `dropIfFull` may be true. */
  get mayDrop(): boolean {
    return this.#state.closing || this.#state.buffer.full;
  }

  dropIfFull(keyOf: () => string): boolean {
    return this.#placement.dropIfFull(keyOf);
  }

  encodeFailed(error: unknown): void {
    const { accounting, report } = this.#state;
    accounting.accepted++;
    accounting.drop("encode_failed");
    report("encode_failed", "An event could not be encoded and is not sent:", error);
  }

  ready(): Promise<void> {
    return this.#sender.ready;
  }

  recovered(): Promise<number> {
    return this.#outbox?.whenRecovered ?? Promise.resolve(0);
  }

  async flush(signal?: AbortSignal): Promise<void> {
    if (this.#closing !== undefined) return;
    if (this.#isOpening) await this.#untilOpened(signal);
    const epoch = this.#state.epochs.complete(this.#outbox?.records.lastAppended ?? 0);
    if (epoch === undefined) return;
    let safe = false;
    void this.#outbox?.sync().then((synced) => {
      safe = synced;
    });
    const stopHurrying = this.#sender.hurry();
    const settled = await waitForEpoch(epoch, signal, this.#state.time);
    stopHurrying();
    if (settled || (safe && this.#state.buffer.volatile === 0)) return;
    throw new Error(this.#undelivered());
  }

  async stored(signal?: AbortSignal): Promise<void> {
    const outbox = this.#outbox;
    if (outbox === undefined) {
      await this.flush(signal);
      return this.#requireNothingLeft();
    }
    if (this.#closing !== undefined) return this.#requireNothingLeft();
    if (this.#isOpening) await this.#untilOpened(signal);
    const { buffer, epochs } = this.#state;
    if (epochs.settled) return;
    const { storage, lastAppended } = outbox.records;
    // The outbox has all of it, and tells when it is safe. An epoch of its own would not be settled while the receiver is
    // down: there would be one for each call.
    const isTaken = buffer.volatile === 0;
    const epoch = isTaken ? epochs.current : (epochs.complete(lastAppended) ?? epochs.current);
    const stopHurrying = this.#sender.hurry();
    let waits = true;
    const settled = await waitForEpoch(epoch, signal, this.#state.time, (end) => {
      // What the outbox did not take must be delivered, or wait until the outbox takes it.
      const check = async () => {
        const isSynced = await outbox.sync();
        if (isSynced && ((isTaken && storage === outbox.records.storage) || epochs.isStored(epoch))) end();
        else if (waits) this.#state.time.setTimer(() => void check(), STORED_AGAIN_MS);
      };
      void check();
    });
    waits = false;
    stopHurrying();
    if (!settled) throw new Error(this.#undelivered());
    this.#requireNothingLeft();
  }

  /** What a sink drops when it closes is not stored, and what it leaves to the outbox may turn out not to be. */
  #requireNothingLeft(): void {
    const { accounting, left } = this.#state;
    if (this.#closing !== undefined && left + accounting.dropped.closed > 0) throw new Error(this.#undelivered());
  }

  close(signal?: AbortSignal): Promise<void> {
    if (this.#closing !== undefined) return this.#closing.then(() => this.#released);
    this.#closing = this.#close(signal);
    return this.#closing;
  }

  stats(): DeliveryStats {
    const { accounting, buffer, pending } = this.#state;
    const { batches, circuit, connected } = this.#sender;
    const outbox = this.#outbox?.stats();
    return {
      ...accounting.counts(),
      pending,
      oldestPendingMs: this.#oldestPendingMs(outbox?.oldestPendingMs),
      queuedMessages: buffer.queue.waiting,
      queuedBytes: buffer.bytes,
      inFlight: buffer.messages - buffer.queue.waiting,
      batches,
      circuit,
      connected,
      outbox,
    };
  }

  /** What is lost if the process ends now, as a sentence; `undefined` for nothing. */
  #lossAtExit(): string | undefined {
    const lost = this.#state.buffer.volatile + (this.#outbox?.stats().notStored ?? 0);
    if (lost === 0) return undefined;
    return (
      `alumiini sink "${this.name}": ${lost} messages are lost, because the process ended before they were delivered; ` +
      `await close() before it ends. ${this.#state.accounting.reason}`
    );
  }

  async #close(signal: AbortSignal | undefined): Promise<void> {
    const { config } = this;
    const state = this.#state;
    state.closing = true;
    const onAbort = () => outsideContext(() => state.stop.stop());
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort);
    await this.#sender.close();
    // It may be about to find what an earlier process left, which counts.
    if (this.#isOpening) await this.#untilOpened(signal);
    this.#outbox?.backlog.close();
    state.closeQueue();
    const { closed } = state.accounting.dropped;
    if (closed > 0) state.report("closed", `${closed} messages were not delivered when the sink closed.`);
    state.epochs.close();
    this.#endOpening();
    signal?.removeEventListener("abort", onAbort);
    const bounded = (run: () => Promise<void>) => attempt(run, state.options.attemptTimeoutMs, state.stop, state.time);
    const stored = bounded(async () => this.#outbox?.close());
    const released = allOf([bounded(async () => config.transport.close?.()), stored]).finally(() =>
      this.#stopWatching(),
    );
    if (!signal?.aborted) return released;
    this.#released = released.catch((error: unknown) => {
      state.report("close_failed", "Closing did not end well:", error);
    });
    // After the deadline the transport is released in the background: what it can lose has been counted. What the outbox
    // can't store is counted once it has tried.
    if (this.#outbox !== undefined) await stored.catch(() => {});
  }

  get #isOpening(): boolean {
    return this.#outbox !== undefined && !this.#outbox.isSettled;
  }

  /** Waits until it is known what an earlier process left, until nothing more is waited for, or until `signal` aborts. */
  async #untilOpened(signal: AbortSignal | undefined): Promise<void> {
    const opened = Promise.race([this.#outbox?.opened, this.#closed]);
    await (signal === undefined ? opened : abortable(opened, signal).catch(() => {}));
  }

  #oldestPendingMs(inOutbox: number | undefined): number | undefined {
    const { oldestAcceptedAt, pending, time } = this.#state;
    if (pending === 0) return undefined;
    const inMemory = time.now() - oldestAcceptedAt;
    if (!Number.isFinite(inMemory)) return inOutbox;
    return Math.max(0, inMemory, inOutbox ?? 0);
  }

  #undelivered(): string {
    const { accounting, pending } = this.#state;
    return `${pending} messages of sink "${this.name}" are not delivered yet. ${accounting.reason}`;
  }
}

/** Milliseconds after which it is asked again whether what was accepted is stored. */
const STORED_AGAIN_MS = 100;

/**
 * Waits for all of it.
 *
 * @throws what the first of them threw that failed.
 */
async function allOf(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
