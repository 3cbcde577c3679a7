import { describeError } from "@alumiini/core/adapter";
import type { FlushEpoch } from "../flush-epochs.js";
import { type Message, messageBytes } from "../ports/message.js";
import type { Outbox, OutboxRecord, OutboxRefusal, OutboxStats } from "../ports/outbox.js";
import type { Entry } from "../queue/entry.js";
import type { DeliveryState } from "../state.js";
import { EarlyMessages } from "./early-messages.js";
import { decodeAccepted, encodeMessage } from "./message-codec.js";
import { ParkedKeys } from "./parked-keys.js";

/** What is read back at once: decoding more would hold up the controller for milliseconds. */
const READ_RECORDS = 256;
const READ_BYTES = 1_048_576;
/** Milliseconds after which a failed read is tried again. */
const READ_AGAIN_MS = 1000;
/** Milliseconds before an outbox that could not be opened is opened again; the pause doubles each time. */
const FIRST_REOPEN_MS = 1000;
const LAST_REOPEN_MS = 30_000;

/**
 * The delivery's side of the outbox. While it is `behind`, messages are in the outbox alone and are read back in their
 * order; so it begins, because what an earlier process left goes first. While the outbox can't be opened, memory is all
 * there is; once it can, what is in memory is appended, and what an earlier process left is read.
 */
export class OutboxClient {
  behind = true;
  #phase: "opening" | "open" | "failed" | "closed" = "opening";
  /** What an earlier process left counts as accepted when the outbox opened. */
  #recovered: FlushEpoch;
  #firstAppended = Number.POSITIVE_INFINITY;
  #lastAppended = 0;
  /** Everything up to this record is in memory, or was, or is parked. */
  #position = 0;
  /** Records that were appended from memory when the outbox could be opened at last. */
  #held = { first: 0, last: 0 };
  #opening = Promise.resolve();
  #opened = false;
  #openUnderWay = false;
  readonly #whenRecovered: Promise<number>;
  #settleRecovered: { readonly resolve: (count: number) => void; readonly reject: (error: Error) => void };
  #reading = false;
  #cancelTimer = () => {};
  readonly #early: EarlyMessages;
  readonly #parked = new ParkedKeys();
  /** Keys of messages that this process has left to the outbox alone, or held for it, since it has fallen behind. */
  readonly #spilledKeys = new Set<string>();

  constructor(
    readonly state: DeliveryState,
    readonly outbox: Outbox,
  ) {
    this.#recovered = state.epochs.current;
    this.#early = new EarlyMessages(state.buffer);
    let settle = { resolve: (_: number) => {}, reject: (_: Error) => {} };
    this.#whenRecovered = new Promise((resolve, reject) => {
      settle = { resolve, reject };
    });
    this.#settleRecovered = settle;
    // Avoids an unhandled rejection when nobody waits for it.
    this.#whenRecovered.catch(() => {});
    state.accounting.keepDeadLetter = (message, reason, error) => this.#keepDeadLetter(message, reason, error);
    this.#opening = this.#open(FIRST_REOPEN_MS);
  }

  get lastAppended(): number {
    return this.#lastAppended;
  }

  /** Whether messages are kept that the outbox did not take while it opens. */
  get holding(): boolean {
    return this.#early.holding;
  }

  get usable(): boolean {
    return this.#phase === "opening" || this.#phase === "open";
  }

  /** Whether messages of the key must stay in the outbox, because others of it are there alone. */
  mustWait(key: string): boolean {
    return this.behind || this.#parked.has(key);
  }

  /** Whether it is known that the outbox alone holds no message of the key. */
  hasNothingOf(key: string): boolean {
    // What an earlier process left may be of any key, until it has been read.
    if (this.#position < this.#firstAppended - 1) return false;
    return !this.#parked.has(key) && !this.#spilledKeys.has(key);
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
    const { state } = this;
    this.#openUnderWay = true;
    try {
      await this.outbox.open({ onFailure: (error) => this.#report("The outbox has trouble:", error) });
    } catch (error) {
      this.#openFailed(error, reopenMs);
      return;
    } finally {
      this.#openUnderWay = false;
    }
    this.#opened = true;
    this.#appendEarly();
    // What is pending and was not appended by this process.
    const appended = this.#phase === "failed" ? this.#appendFromMemory() : state.spilled - this.#early.size;
    const found = Math.max(0, this.outbox.stats().pending - appended);
    state.accounting.accepted += found;
    state.accounting.recovered += found;
    this.#settleRecovered.resolve(found);
    if (this.#phase === "closed") {
      state.left += found;
      return;
    }
    this.#phase = "open";
    this.#recovered = state.epochs.oldest;
    this.#add(this.#recovered, found);
    this.behind = true;
    this.refill();
  }

  /** Appends a message, or returns why not. */
  append(message: Message, acceptedAt = this.#epochMs()): number | OutboxRefusal {
    try {
      const sequence = this.outbox.append(encodeMessage(message, acceptedAt));
      if (typeof sequence === "number") {
        this.#firstAppended = Math.min(this.#firstAppended, sequence);
        this.#lastAppended = sequence;
      }
      return sequence;
    } catch (error) {
      this.#report("The outbox could not take a message:", error);
      return "closed";
    }
  }

  /** The message appended last goes into memory too. */
  keepUp(): void {
    this.#position = this.#lastAppended;
  }

  /** The message appended last stays in the outbox alone. */
  spill(message: Message): void {
    const epoch = this.state.epochs.current;
    if (!this.behind && this.#parked.has(message.key)) {
      this.#position = this.#lastAppended;
      this.#parked.add(message.key, this.#lastAppended, epoch);
      this.state.spilled++;
      return;
    }
    this.behind = true;
    this.#spilledKeys.add(message.key);
    this.#add(epoch, 1);
    if (this.#phase === "opening") this.#early.keep({ message, epoch, appended: true });
  }

  /**
   * Keeps a message while the outbox opens and does not take it, if memory has room; returns whether. From then on it
   * keeps all of them: none may get into the outbox before it.
   */
  hold(message: Message, bytes: number): boolean {
    const epoch = this.state.epochs.current;
    if (this.#phase !== "opening" && !this.holding) return false;
    if (!this.#early.keep({ message, epoch, appended: false }, bytes)) return false;
    this.#early.holding = true;
    this.#spilledKeys.add(message.key);
    this.#add(epoch, 1);
    return true;
  }

  acknowledge(entries: readonly Entry[]): void {
    const sequences = entries.flatMap(({ sequence }) => (sequence > 0 ? sequence : []));
    if (sequences.length > 0) this.#acknowledge(sequences);
  }

  #acknowledge(sequences: readonly number[]): void {
    try {
      this.outbox.acknowledge(sequences);
    } catch (error) {
      this.#report("The outbox could not note what is done; it will be sent again after a restart:", error);
    }
  }

  #keepDeadLetter(message: Message, reason: string, error: Error): void {
    const time = this.#epochMs();
    try {
      if (this.usable) {
        this.outbox.keepDeadLetter?.({
          payload: encodeMessage(message, time),
          reason,
          error: describeError(error),
          time,
        });
      }
    } catch (thrown) {
      this.#report("The outbox could not keep a dead letter:", thrown);
    }
  }

  /** Reads back what memory has room for. */
  refill(): void {
    if (this.#reading || this.#phase !== "open") return;
    if (!this.behind && this.#parked.size === 0) return;
    if (this.behind && this.state.buffer.room() === undefined) this.#park();
    if (!this.#canRead()) return;
    this.#reading = true;
    this.#readAll().then(
      () => {
        this.#reading = false;
      },
      (error: unknown) => {
        // Nothing else may read until then.
        this.#cancelTimer = this.state.time.setTimer(() => {
          this.#reading = false;
          this.refill();
        }, READ_AGAIN_MS);
        this.#report("The outbox could not be read; it is tried again:", error);
        this.state.settled();
      },
    );
  }

  /** Whether everything appended so far survives a crash from now on. */
  async sync(): Promise<boolean> {
    await this.#opening;
    if (this.#phase !== "open") return false;
    try {
      await this.outbox.flush();
      return true;
    } catch (error) {
      this.#report("The outbox could not be flushed:", error);
      return false;
    }
  }

  /** Stops reading and opening, then releases the outbox; counts what did not get into it. */
  async close(): Promise<void> {
    const mayBeOpen = this.#opened || this.#openUnderWay;
    this.#phase = "closed";
    this.#cancelTimer();
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
    const stored = Math.min(believed, this.#opened ? this.outbox.stats().pending : 0);
    state.spilled = 0;
    state.left = stored;
    const lost = believed - stored;
    if (lost === 0) return;
    state.accounting.drop("closed", lost);
    state.report("closed", `${lost} messages were not delivered, nor stored by the outbox, when the sink closed.`);
  }

  #canRead(): boolean {
    if (this.state.buffer.room() === undefined) return false;
    if (this.behind) return true;
    for (const key of this.#parked.keys()) if (this.#hasShareLeft(key, 2)) return true;
    return false;
  }

  async #readAll(): Promise<void> {
    while (this.#canRead()) {
      await this.#readParked();
      if (this.#phase !== "open") return;
      if (this.behind) await this.#readBack();
      if (this.#phase !== "open") return;
    }
  }

  /** Reads what follows the position, until it has caught up or memory is full. */
  async #readBack(): Promise<void> {
    while (this.behind) {
      if (this.state.buffer.room() === undefined) this.#park();
      const room = this.state.buffer.room();
      if (room === undefined) return;
      const upTo = this.#lastAppended;
      const records = await this.outbox.read(this.#position, {
        maxRecords: Math.min(room.maxRecords, READ_RECORDS),
        maxBytes: Math.min(room.maxBytes, READ_BYTES),
      });
      if (this.#phase !== "open") return;
      for (const record of records) this.#restore(record);
      // What is appended while an empty result is under way is not in it.
      const end = records.length === 0 ? upTo : this.#position;
      // Until this process has appended something, only an empty result tells the end.
      if (end === this.#lastAppended) this.#caughtUp();
      this.state.settled();
    }
  }

  #restore({ sequence, payload }: OutboxRecord): void {
    const { state } = this;
    if (sequence <= this.#position) throw new Error(`record ${sequence} was read after ${this.#position}`);
    this.#position = sequence;
    if (sequence >= this.#held.first && sequence <= this.#held.last) return;
    const epoch = sequence < this.#firstAppended ? this.#recovered : state.epochs.of(sequence);
    // More than the outbox said there would be.
    if (epoch.spilled === 0) this.#foundMore();
    else this.#add(epoch, -1);
    const accepted = decodeAccepted(payload);
    if (accepted === undefined) this.#skip(sequence);
    else if (this.#parked.has(accepted.message.key) || !this.#hasShareLeft(accepted.message.key, 1)) {
      this.#parked.add(accepted.message.key, sequence, epoch);
      state.spilled++;
    } else this.#enqueue(accepted.message, sequence, epoch, accepted.acceptedAt);
  }

  /** Reads the messages of parked keys that memory has room for again. */
  async #readParked(): Promise<void> {
    const keys = new Set<string>();
    let after = Number.POSITIVE_INFINITY;
    for (const key of this.#parked.keys()) {
      if (!this.#hasShareLeft(key, 2)) continue;
      keys.add(key);
      after = Math.min(after, this.#parked.from(key) - 1);
    }
    while (keys.size > 0) {
      const limits = { maxRecords: READ_RECORDS, maxBytes: READ_BYTES };
      const records = await this.outbox.read(after, limits);
      if (this.#phase !== "open") return;
      for (const record of records) {
        after = record.sequence;
        // What follows the position is still to be read, and was not counted as parked.
        if (after > this.#position) break;
        this.#restoreParked(record, keys);
      }
      if (records.length === 0 || after >= this.#position) {
        for (const key of keys) this.#lose(this.#parked.complete(key));
        keys.clear();
      }
      this.state.settled();
    }
  }

  #restoreParked({ sequence, payload }: OutboxRecord, keys: Set<string>): void {
    const accepted = decodeAccepted(payload);
    // Damaged since it was passed over: the key's count will tell that it is missing.
    if (accepted === undefined) {
      this.#acknowledge([sequence]);
      return;
    }
    const { key } = accepted.message;
    if (!keys.has(key) || sequence < this.#parked.from(key)) return;
    if (!this.#hasShareLeft(key, 1) || this.state.buffer.room() === undefined) {
      // The rest of it goes on waiting.
      keys.delete(key);
      return;
    }
    const expected = sequence < this.#firstAppended ? this.#recovered : this.state.epochs.of(sequence);
    const epoch = this.#parked.remove(key, sequence, expected);
    if (epoch === undefined) this.#foundMore();
    else this.state.spilled--;
    this.#enqueue(accepted.message, sequence, epoch ?? expected, accepted.acceptedAt);
  }

  /** Leaves to the outbox what keys hold in memory beyond their share and can't send now. */
  #park(): void {
    const { buffer } = this.state;
    for (const keyQueue of buffer.queue.failing) {
      for (let last = keyQueue.last; last !== undefined && last.sequence > 0; last = keyQueue.last) {
        if (this.#hasShareLeft(keyQueue.key, 1, -1)) break;
        buffer.queue.dropLast(keyQueue);
        buffer.forget(last);
        this.#parkEntry(last);
      }
    }
  }

  /**
   * Leaves to the outbox what an earlier process left, of entries that were taken out of memory, the newest of a key first;
   * returns the others. No message that is stored may be lost to one that is new.
   */
  parkRecovered(entries: readonly Entry[]): readonly Entry[] {
    return entries.filter((entry) => {
      const isRecovered = this.usable && entry.sequence > 0 && entry.sequence < this.#firstAppended;
      if (isRecovered) this.#parkEntry(entry);
      return !isRecovered;
    });
  }

  #parkEntry({ message, sequence, epoch }: Entry): void {
    this.#parked.add(message.key, sequence, epoch);
    this.state.spilled++;
  }

  /**
   * Whether a key holds less than the `part`th of its share of memory: of a half, so that the other half is left for what
   * is read. Keys whose messages pass have no share: they make room by themselves.
   */
  #hasShareLeft(key: string, part: number, spare = 0): boolean {
    const { queue } = this.state.buffer;
    const keyQueue = queue.of(key);
    if (keyQueue === undefined) return true;
    if (keyQueue.failures === 0) return part === 1 || keyQueue.messages === 0;
    const { maxQueueMessages } = this.state.options;
    const share = Math.floor(maxQueueMessages / 2 / (queue.keyCount + 1));
    // The message behind the first tells whether that one is bad: both must be in memory, where they fit.
    const least = 2 * (queue.keyCount + 1) <= 0.75 * maxQueueMessages ? 2 : 1;
    return keyQueue.messages + spare < Math.max(least, share / part);
  }

  #enqueue(message: Message, sequence: number, epoch: FlushEpoch, acceptedAt: number | undefined): void {
    const { state } = this;
    const bytes = messageBytes(message);
    if (state.buffer.neverFits(bytes)) {
      state.accounting.tooLarge(message);
      this.#acknowledge([sequence]);
      return;
    }
    const age = acceptedAt === undefined ? 0 : Math.max(0, this.#epochMs() - acceptedAt);
    state.enqueue(message, sequence, epoch, state.time.now() - age, bytes);
  }

  #skip(sequence: number): void {
    this.state.accounting.drop("outbox");
    this.#acknowledge([sequence]);
    this.#report(`Record ${sequence} of the outbox is not a message of this sink; it was skipped.`);
  }

  /** Everything has been read: what has not come by now never will. */
  #caughtUp(): void {
    if (this.holding) {
      const { lastAppended } = this;
      this.#appendEarly();
      if (this.lastAppended > lastAppended) return;
      this.#enqueueEarly();
    }
    this.behind = false;
    this.#spilledKeys.clear();
    this.#position = Math.max(this.#position, this.#lastAppended);
    let missing = 0;
    for (const epoch of this.state.epochs.all()) {
      missing += epoch.spilled;
      epoch.spilled = 0;
    }
    this.#lose(missing);
  }

  #lose(count: number): void {
    if (count === 0) return;
    this.state.spilled -= count;
    this.state.accounting.drop("outbox", count);
    this.#report(`${count} messages were not found in the outbox; they are lost.`);
  }

  #foundMore(): void {
    this.state.accounting.accepted++;
    this.state.accounting.recovered++;
  }

  #openFailed(error: unknown, reopenMs: number): void {
    if (this.#phase === "closed") return;
    this.#report("The outbox can't be opened; until it can, messages are held in memory only:", error);
    const { time } = this.state;
    this.#cancelTimer = time.setTimer(() => {
      this.#opening = this.#open(Math.min(2 * reopenMs, LAST_REOPEN_MS));
    }, reopenMs);
    if (this.#phase === "failed") return;
    this.#phase = "failed";
    this.behind = false;
    this.#enqueueEarly();
    this.#caughtUp();
    this.state.settled();
  }

  /** The outbox has opened: it gets what it would not take before. */
  #appendEarly(): void {
    const early = this.#early.take().filter(({ appended }) => !appended);
    const refused = early.findIndex(({ message, epoch }) => {
      const sequence = this.append(message);
      if (typeof sequence !== "number") return true;
      // A flush may have completed its epoch since: the record still belongs to it. Those of later epochs come after it.
      epoch.lastSequence = Math.max(epoch.lastSequence, sequence);
      return false;
    });
    if (refused < 0) return;
    // It may not get past what is still to be read.
    this.#early.putBack(early.slice(refused));
  }

  /** What the outbox does not take is held in memory, now that nothing is ahead of it. */
  #enqueueEarly(): void {
    const { accounting, buffer } = this.state;
    for (const { message, epoch } of this.#early.take()) {
      this.#add(epoch, -1);
      if (buffer.fits(messageBytes(message))) this.state.enqueue(message, 0, epoch);
      else accounting.drop("overflow");
    }
  }

  /** The outbox can be opened at last: what is in memory gets its records. Returns how many. */
  #appendFromMemory(): number {
    const { buffer, epochs, time, underWay } = this.state;
    epochs.forgetSequences();
    this.#firstAppended = Number.POSITIVE_INFINITY;
    this.#lastAppended = 0;
    this.#position = 0;
    let appended = 0;
    const append = (entry: Entry) => {
      const sequence = this.append(entry.message, this.#epochMs() - (time.now() - entry.acceptedAt));
      if (typeof sequence !== "number") return false;
      buffer.stored(entry, sequence);
      if (appended++ === 0) this.#held.first = sequence;
      this.#held.last = sequence;
      return true;
    };
    for (const { entries } of underWay) for (const entry of entries) if (!append(entry)) return appended;
    for (const entry of buffer.queue.entries()) if (!append(entry)) return appended;
    return appended;
  }

  #epochMs(): number {
    return this.state.time.epoch?.() ?? Date.now();
  }

  #add(epoch: FlushEpoch, count: number): void {
    epoch.spilled += count;
    this.state.spilled += count;
  }

  #report(message: string, error?: unknown): void {
    this.state.report("outbox_failed", message, error);
  }
}
