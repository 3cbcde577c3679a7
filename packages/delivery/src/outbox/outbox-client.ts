import type { Message } from "../ports/message.js";
import type { Outbox, OutboxRecord, OutboxStats } from "../ports/outbox.js";
import type { Entry } from "../queue/entry.js";
import type { DeliveryState } from "../state.js";
import { Backlog } from "./backlog.js";
import { EarlyMessages } from "./early-messages.js";
import { decodeMessage } from "./message-codec.js";
import { OutboxRecords } from "./outbox-records.js";

/** Milliseconds before an outbox that could not be opened is opened again; the pause doubles each time. */
const FIRST_REOPEN_MS = 1000;
const LAST_REOPEN_MS = 30_000;

/**
 * The life of the outbox, as the delivery leads it. While it can't be opened, memory is all there is; once it can, and when
 * other storage is in its place, what is in memory is appended, and what others left there is read.
 */
export class OutboxClient {
  readonly records: OutboxRecords;
  readonly backlog: Backlog;
  #phase: "opening" | "open" | "failed" | "closed" = "opening";
  #opening = Promise.resolve();
  #opened = false;
  #openUnderWay = false;
  readonly #whenRecovered: Promise<number>;
  #settleRecovered: { readonly resolve: (count: number) => void; readonly reject: (error: Error) => void };
  #cancelTimer = () => {};
  readonly #early: EarlyMessages;

  constructor(
    readonly state: DeliveryState,
    readonly outbox: Outbox,
  ) {
    this.records = new OutboxRecords(state, outbox);
    this.#early = new EarlyMessages(state, this.records);
    this.backlog = new Backlog(state, this.records, this.#early);
    let settle = { resolve: (_: number) => {}, reject: (_: Error) => {} };
    this.#whenRecovered = new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
    this.#settleRecovered = settle;
    // Avoids an unhandled rejection when nobody waits for it.
    this.#whenRecovered.catch(() => {});
    this.#opening = this.#open(FIRST_REOPEN_MS);
  }

  /** Whether messages are kept that the outbox did not take while it opens. */
  get holding(): boolean {
    return this.#early.holding;
  }

  get usable(): boolean {
    return this.#phase === "opening" || this.#phase === "open";
  }

  /** Whether the first attempt to open the outbox has settled. */
  get isSettled(): boolean {
    return this.#phase !== "opening";
  }

  /** Settles when the first attempt to open the outbox has. */
  get opened(): Promise<void> {
    return this.#opening;
  }

  /** Resolves with the number of messages that an earlier process left, when they are known. */
  get whenRecovered(): Promise<number> {
    return this.#whenRecovered;
  }

  async #open(reopenMs: number): Promise<void> {
    const { backlog, records, state } = this;
    this.#openUnderWay = true;
    try {
      await this.outbox.open({
        onFailure: (error) => records.report("The outbox has trouble:", error),
        onReplaced: (kept) => this.#replaced(kept),
      });
    } catch (error) {
      this.#openFailed(error, reopenMs);
      return;
    } finally {
      this.#openUnderWay = false;
    }
    this.#opened = true;
    this.#early.append();
    // What is pending and was not appended by this process.
    const appended = this.#phase === "failed" ? records.appendFromMemory() : state.spilled - this.#early.size;
    const found = Math.max(0, this.outbox.stats().pending - appended);
    state.accounting.recover(found);
    this.#settleRecovered.resolve(found);
    if (this.#phase === "closed") {
      state.left += found;
      return;
    }
    this.#phase = "open";
    records.begin();
    state.spill(records.recovered, found);
    backlog.begin(true);
  }

  #openFailed(error: unknown, reopenMs: number): void {
    if (this.#phase === "closed") return;
    this.records.report("The outbox can't be opened; until it can, messages are held in memory only:", error);
    const { time } = this.state;
    this.#cancelTimer = time.setTimer(() => {
      this.#opening = this.#open(Math.min(2 * reopenMs, LAST_REOPEN_MS));
    }, reopenMs);
    if (this.#phase === "failed") return;
    this.#phase = "failed";
    this.backlog.withoutOutbox();
  }

  /**
   * The outbox has other storage. What is in memory goes into it first, then what the outbox had not stored yet; what was
   * in the old storage alone is lost.
   */
  #replaced(kept: readonly OutboxRecord[]): void {
    const { backlog, records, state } = this;
    state.spilled += state.left;
    state.left = 0;
    const { taken, refused } = records.moveTo(kept);
    backlog.forget();
    const believed = state.spilled - this.#early.size;
    const left = taken + refused.length;
    state.accounting.recover(Math.max(0, left - believed));
    backlog.lose(Math.max(0, believed - left));
    state.spilled = this.#early.size + taken;
    // Which of them a flush covers is not known any more: each waits for all.
    for (const epoch of state.epochs.all()) epoch.spilled = 0;
    this.#early.recount();
    records.begin();
    records.recovered.spilled += taken;
    // Nothing may get past what is still to be read.
    this.#early.holdBefore(() => {
      for (const { payload } of refused) {
        const message = decodeMessage(payload);
        if (message !== undefined && this.#early.hold(message, records.recovered)) backlog.wait(message.key);
        else state.accounting.drop("overflow");
      }
    });
    if (this.#phase === "closed") this.#countFound();
    else backlog.begin(false);
    state.settled();
  }

  /** Nothing is read any more: what others left waits for the next process. */
  #countFound(): void {
    const found = Math.max(0, this.outbox.stats().pending - this.state.spilled);
    this.state.accounting.recover(found);
    this.state.left = found;
  }

  /** The message appended last stays in the outbox alone. */
  spill(message: Message): void {
    this.backlog.spill(message);
    if (this.#phase === "opening") this.#early.copy(message);
  }

  /**
   * Keeps a message while the outbox opens and does not take it, if memory has room; returns whether. From then on it
   * keeps all of them: none may get into the outbox before it.
   */
  hold(message: Message, bytes: number): boolean {
    if (this.#phase !== "opening" && !this.holding) return false;
    if (!this.#early.hold(message, this.state.epochs.current, bytes)) return false;
    this.backlog.wait(message.key);
    return true;
  }

  acknowledge(entries: readonly Entry[]): void {
    this.records.acknowledge(entries.flatMap(({ sequence }) => (sequence > 0 ? sequence : [])));
  }

  /** Whether everything appended so far survives a crash from now on. */
  async sync(): Promise<boolean> {
    await this.#opening;
    if (this.#phase !== "open") return false;
    try {
      await this.outbox.flush();
      return true;
    } catch (error) {
      this.records.report("The outbox could not be flushed:", error);
      return false;
    }
  }

  /** Stops reading and opening, then releases the outbox; counts what did not get into it. */
  async close(): Promise<void> {
    const mayBeOpen = this.#opened || this.#openUnderWay;
    this.#phase = "closed";
    this.#cancelTimer();
    this.backlog.close();
    this.#early.clear();
    this.#settleRecovered.reject(new Error("closed before the outbox was open"));
    try {
      if (mayBeOpen) await this.outbox.close();
      await this.#opening;
    } finally {
      this.#countLeft();
    }
  }

  stats(): OutboxStats {
    return this.outbox.stats();
  }

  /** Only the outbox knows, once it is closed, which of its records the next process will find. */
  #countLeft(): void {
    const { state } = this;
    const believed = state.spilled + state.left;
    const stored = this.#opened ? this.outbox.stats().pending : 0;
    state.spilled = 0;
    state.left = stored;
    state.accounting.recover(Math.max(0, stored - believed));
    const lost = Math.max(0, believed - stored);
    if (lost === 0) return;
    state.accounting.drop("closed", lost);
    state.report("closed", `${lost} messages were not delivered, nor stored by the outbox, when the sink closed.`);
  }
}
