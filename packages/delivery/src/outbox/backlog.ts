import type { FlushEpoch } from "../flush-epochs.js";
import { type Message, messageBytes } from "../ports/message.js";
import type { OutboxRecord } from "../ports/outbox.js";
import type { Entry } from "../queue/entry.js";
import type { DeliveryState } from "../state.js";
import type { EarlyMessages } from "./early-messages.js";
import { decodeAccepted } from "./message-codec.js";
import type { OutboxRecords } from "./outbox-records.js";
import { ParkedKeys } from "./parked-keys.js";

/** What is read back at once: decoding more would hold up the controller for milliseconds. */
const READ_RECORDS = 256;
const READ_BYTES = 1_048_576;
const LIMITS = { maxRecords: READ_RECORDS, maxBytes: READ_BYTES };
/** Milliseconds after which a failed read is tried again. */
const READ_AGAIN_MS = 1000;

/** What is in the outbox alone. It is read back in its order, as memory has room for it. */
export class Backlog {
  /**
   * Whether messages go into the outbox alone, because others are to be read back before them. So it begins: what an earlier
   * process left goes first.
   */
  behind = true;
  /** Everything up to this record is in memory, or was, or is parked. */
  #position = 0;
  #isOpen = false;
  #isReading = false;
  /** Others may have left records that are not counted yet. */
  #isUncounted = false;
  #cancelTimer = () => {};
  readonly #parked = new ParkedKeys();
  /** Keys of messages that this process has left to the outbox alone, or held for it, since it has fallen behind. */
  readonly #spilledKeys = new Set<string>();

  constructor(
    readonly state: DeliveryState,
    readonly records: OutboxRecords,
    readonly early: EarlyMessages,
  ) {}

  /** Whether messages of the key must stay in the outbox, because others of it are there alone. */
  mustWait(key: string): boolean {
    return this.behind || this.#parked.has(key);
  }

  /** Whether it is known that the outbox alone holds no message of the key. */
  hasNothingOf(key: string): boolean {
    // What an earlier process left may be of any key, until it has been read.
    return this.records.coversOthers(this.#position) && !this.#parked.has(key) && !this.#spilledKeys.has(key);
  }

  /** The message appended last goes into memory too. */
  keepUp(): void {
    this.#position = this.records.lastAppended;
  }

  /** The message appended last stays in the outbox alone. */
  spill({ key }: Message): void {
    const epoch = this.state.epochs.current;
    if (!this.behind && this.#parked.has(key)) {
      this.#position = this.records.lastAppended;
      this.#parked.add(key, this.#position, epoch);
      this.state.spilled++;
      return;
    }
    this.behind = true;
    this.#spilledKeys.add(key);
    this.state.spill(epoch, 1);
  }

  /** A message is held for the outbox, behind what is in it. */
  wait(key: string): void {
    this.#spilledKeys.add(key);
  }

  /**
   * The outbox has been opened: all that is in it is to be read, but what is held in memory. `isCounted`: it is known how
   * many others left.
   */
  begin(isCounted: boolean): void {
    this.#isOpen = true;
    this.#isUncounted = !isCounted;
    this.#position = 0;
    this.behind = true;
    this.refill();
  }

  /** The outbox can't be opened: nothing is in it. */
  withoutOutbox(): void {
    this.early.enqueue();
    this.#caughtUp();
    this.state.settled();
  }

  /** The storage is gone: what was in it alone is not parked any more. */
  forget(): void {
    this.#parked.clear();
  }

  /** Ends reading, of what is being read, too. */
  close(): void {
    this.#isOpen = false;
    this.records.storage++;
    this.#cancelTimer();
  }

  /** Reads back what memory has room for. */
  refill(): void {
    if (this.#isReading || !this.#isOpen) return;
    if (!this.behind && this.#parked.size === 0) return;
    if (this.behind && this.state.buffer.room() === undefined) this.#park();
    if (!this.#canRead()) return;
    this.#isReading = true;
    this.#readAll().then(
      () => {
        this.#isReading = false;
      },
      (error: unknown) => {
        // Nothing else may read until then.
        this.#cancelTimer = this.state.time.setTimer(() => {
          this.#isReading = false;
          this.refill();
        }, READ_AGAIN_MS);
        this.records.report("The outbox could not be read; it is tried again:", error);
        this.state.settled();
      },
    );
  }

  #canRead(): boolean {
    if (this.#isUncounted) return true;
    const { buffer } = this.state;
    if (buffer.room() === undefined) return false;
    if (this.behind) return true;
    for (const key of this.#parked.keys()) if (buffer.hasShareLeft(key, 2)) return true;
    return false;
  }

  async #readAll(): Promise<void> {
    while (this.#isOpen && this.#canRead()) {
      if (this.#isUncounted) await this.#countFound();
      else await this.#readParked();
      if (this.#isOpen && this.behind && !this.#isUncounted) await this.#readBack();
    }
  }

  /** Counts what others left. What was in memory when it was left behind is not sent again. */
  async #countFound(): Promise<void> {
    const { storage } = this.records;
    let found = 0;
    for (let after = 0, isEnd = false; !isEnd; ) {
      const records = await this.records.read(after, LIMITS);
      if (storage !== this.records.storage) return;
      const ofOthers = records.filter(({ sequence }) => this.records.isOfOthers(sequence));
      const known = ofOthers.filter(({ payload }) => {
        const accepted = decodeAccepted(payload);
        return accepted !== undefined && this.records.isKnown(accepted.message);
      });
      this.records.acknowledge(known.map(({ sequence }) => sequence));
      found += ofOthers.length - known.length;
      after = ofOthers.at(-1)?.sequence ?? after;
      isEnd = ofOthers.length === 0 || ofOthers.length < records.length;
    }
    this.#isUncounted = false;
    this.state.accounting.recover(found);
    this.state.spill(this.records.recovered, found);
  }

  /** Reads what follows the position, until it has caught up or memory is full. */
  async #readBack(): Promise<void> {
    const { storage } = this.records;
    while (this.behind) {
      if (this.state.buffer.room() === undefined) this.#park();
      const room = this.state.buffer.room();
      if (room === undefined) return;
      const upTo = this.records.lastAppended;
      const records = await this.records.read(this.#position, {
        maxRecords: Math.min(room.maxRecords, READ_RECORDS),
        maxBytes: Math.min(room.maxBytes, READ_BYTES),
      });
      if (storage !== this.records.storage) return;
      for (const record of records) this.#restore(record);
      // What is appended while an empty result is under way is not in it.
      const end = records.length === 0 ? upTo : this.#position;
      // Until this process has appended something, only an empty result marks the end.
      if (end === this.records.lastAppended) this.#caughtUp();
      this.state.settled();
    }
  }

  #restore({ sequence, payload }: OutboxRecord): void {
    const { state } = this;
    if (sequence <= this.#position) throw new Error(`record ${sequence} was read after ${this.#position}`);
    this.#position = sequence;
    if (this.records.isHeld(sequence)) return;
    const epoch = this.records.epochOf(sequence);
    // More than the outbox said there would be.
    if (epoch.spilled === 0) state.accounting.recover(1);
    else state.spill(epoch, -1);
    const accepted = decodeAccepted(payload);
    if (accepted === undefined) this.#skip(sequence);
    else if (this.#parked.has(accepted.message.key) || !state.buffer.hasShareLeft(accepted.message.key, 1)) {
      this.#parked.add(accepted.message.key, sequence, epoch);
      state.spilled++;
    } else this.#enqueue(accepted.message, sequence, epoch, accepted.acceptedAt);
  }

  /** Reads the messages of parked keys that memory has room for again. */
  async #readParked(): Promise<void> {
    const { storage } = this.records;
    const keys = new Set<string>();
    let after = Number.POSITIVE_INFINITY;
    for (const key of this.#parked.keys()) {
      if (!this.state.buffer.hasShareLeft(key, 2)) continue;
      keys.add(key);
      after = Math.min(after, this.#parked.from(key) - 1);
    }
    while (keys.size > 0) {
      const records = await this.records.read(after, LIMITS);
      if (storage !== this.records.storage) return;
      for (const record of records) {
        after = record.sequence;
        // What follows the position is still to be read, and was not counted as parked: unless it was in memory before.
        if (after <= this.#position || this.records.isHeld(after)) this.#restoreParked(record, keys);
      }
      if (records.length === 0 || after >= Math.max(this.#position, this.records.lastHeld)) {
        for (const key of keys) this.lose(this.#parked.complete(key));
        keys.clear();
      }
      this.state.settled();
    }
  }

  #restoreParked({ sequence, payload }: OutboxRecord, keys: Set<string>): void {
    const { accounting, buffer } = this.state;
    const accepted = decodeAccepted(payload);
    // Damaged since it was passed over: the key's count will show that it is missing.
    if (accepted === undefined) {
      this.records.acknowledge([sequence]);
      return;
    }
    const { key } = accepted.message;
    if (!keys.has(key) || sequence < this.#parked.from(key)) return;
    if (!buffer.hasShareLeft(key, 1) || buffer.room() === undefined) {
      // The rest of it goes on waiting.
      keys.delete(key);
      return;
    }
    const expected = this.records.epochOf(sequence);
    const epoch = this.#parked.remove(key, sequence, expected);
    if (epoch === undefined) accounting.recover(1);
    else this.state.spilled--;
    this.#enqueue(accepted.message, sequence, epoch ?? expected, accepted.acceptedAt);
  }

  /** Leaves to the outbox what keys hold in memory beyond their share and can't send now. */
  #park(): void {
    const { buffer } = this.state;
    for (const keyQueue of buffer.queue.failing) {
      for (let last = keyQueue.last; last !== undefined && last.sequence > 0; last = keyQueue.last) {
        if (buffer.hasShareLeft(keyQueue.key, 1, -1)) break;
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
      const isRecovered = this.#isOpen && entry.sequence > 0 && this.records.isOfOthers(entry.sequence);
      if (isRecovered) this.#parkEntry(entry);
      return !isRecovered;
    });
  }

  #parkEntry({ message, sequence, epoch }: Entry): void {
    this.records.leave(message);
    this.#parked.add(message.key, sequence, epoch);
    this.state.spilled++;
  }

  #enqueue(message: Message, sequence: number, epoch: FlushEpoch, acceptedAt: number | undefined): void {
    const { state } = this;
    const bytes = messageBytes(message);
    if (state.buffer.neverFits(bytes)) {
      state.accounting.tooLarge(message);
      this.records.acknowledge([sequence]);
      return;
    }
    const age = acceptedAt === undefined ? 0 : Math.max(0, state.epochMs() - acceptedAt);
    state.enqueue(message, sequence, epoch, state.time.now() - age, bytes);
  }

  #skip(sequence: number): void {
    this.state.accounting.drop("outbox");
    this.records.acknowledge([sequence]);
    this.records.report(`Record ${sequence} of the outbox is not a message of this sink; it was skipped.`);
  }

  /** Everything has been read: what has not come by now never will. */
  #caughtUp(): void {
    if (this.early.holding) {
      const { lastAppended } = this.records;
      this.early.append();
      if (this.records.lastAppended > lastAppended) return;
      this.early.enqueue();
    }
    this.behind = false;
    this.#spilledKeys.clear();
    this.#position = Math.max(this.#position, this.records.lastAppended);
    let missing = 0;
    for (const epoch of this.state.epochs.all()) {
      missing += epoch.spilled;
      epoch.spilled = 0;
    }
    this.lose(missing);
  }

  /** Counts messages as lost that were in the outbox alone. */
  lose(count: number): void {
    if (count === 0) return;
    this.state.spilled -= count;
    this.state.accounting.drop("outbox", count);
    this.records.report(`${count} messages were not found in the outbox; they are lost.`);
  }
}
