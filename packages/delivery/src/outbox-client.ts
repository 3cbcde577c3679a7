import type { ReportDelivery } from "./failure.js";
import type { Cohort, Cohorts } from "./flush-epochs.js";
import { decodeMessage, encodeMessage } from "./message-codec.js";
import { type Message, messageBytes } from "./ports/message.js";
import type { Outbox, OutboxRecord, OutboxRefusal } from "./ports/outbox.js";
import type { DeliveryTime } from "./ports/time.js";

/** What the spool needs of the delivery around it. */
export interface SpoolHost {
  readonly cohorts: Cohorts;
  readonly time: DeliveryTime;
  readonly report: ReportDelivery;
  /** How much may be read back into memory now; `undefined` for nothing yet. */
  room(): { readonly maxRecords: number; readonly maxBytes: number } | undefined;
  /** Takes a message into memory; sequence 0 for one without a record. */
  enqueue(message: Message, sequence: number, cohort: Cohort): void;
  /** Records were found that this process did not append. */
  recovered(count: number): void;
  /** Messages that were accepted can't be had back from the outbox. */
  lost(count: number): void;
  /** Messages have come into memory, or were lost. */
  changed(): void;
}

/** What is read back at once: decoding more would hold up the controller for milliseconds. */
const READ_RECORDS = 256;
const READ_BYTES = 1_048_576;
/** Milliseconds after which a failed read is tried again. */
const READ_AGAIN_MS = 1000;

/**
 * The delivery's side of the outbox. While it is `behind`, messages are in the outbox alone and are read back in their
 * order; so it begins, because what an earlier process left goes first.
 */
export class Spool {
  behind = true;
  /** Messages in the outbox alone. */
  spilled = 0;
  #state: "opening" | "open" | "failed" | "closed" = "opening";
  /** What an earlier process left counts as accepted when the outbox opened. */
  #recovered: Cohort;
  #firstAppended = Number.POSITIVE_INFINITY;
  #lastAppended = 0;
  /** Everything up to this record is in memory, or was. */
  #position = 0;
  #opened = Promise.resolve();
  #reading = false;
  #cancelTimer = () => {};
  /** What was accepted while the outbox opened, as long as memory holds: it must not be lost if opening fails. */
  #early: { readonly message: Message; readonly cohort: Cohort }[] = [];
  #earlyBytes = 0;

  constructor(
    readonly outbox: Outbox,
    readonly host: SpoolHost,
  ) {
    this.#recovered = host.cohorts.current;
  }

  get lastAppended(): number {
    return this.#lastAppended;
  }

  get usable(): boolean {
    return this.#state === "opening" || this.#state === "open";
  }

  /** Begins to open the outbox. */
  open(): void {
    this.#opened = this.#open();
  }

  async #open(): Promise<void> {
    let found: number;
    try {
      await this.outbox.open({ onFailure: (error) => this.#report("The outbox has trouble:", error) });
      // So far, what this process appended is in the outbox alone.
      found = Math.max(0, this.outbox.stats().pending - this.spilled);
    } catch (error) {
      this.#openFailed(error);
      return;
    }
    if (this.#state !== "opening") return;
    this.#state = "open";
    this.#early = [];
    this.#recovered = this.host.cohorts.oldest;
    this.#add(this.#recovered, found);
    this.host.recovered(found);
    this.refill();
  }

  /** Appends a message, or answers why not. */
  append(message: Message): number | OutboxRefusal {
    try {
      const sequence = this.outbox.append(encodeMessage(message));
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
    this.behind = true;
    const cohort = this.host.cohorts.current;
    this.#add(cohort, 1);
    const room = this.#state === "opening" ? this.host.room() : undefined;
    if (room === undefined || this.#early.length >= room.maxRecords) return;
    const bytes = messageBytes(message);
    if (this.#earlyBytes + bytes > room.maxBytes) return;
    this.#earlyBytes += bytes;
    this.#early.push({ message, cohort });
  }

  acknowledge(sequences: readonly number[]): void {
    if (sequences.length === 0) return;
    try {
      this.outbox.acknowledge(sequences);
    } catch (error) {
      this.#report("The outbox could not note what is done; it will be sent again after a restart:", error);
    }
  }

  /** Reads back what memory has room for. */
  refill(): void {
    if (!this.behind || this.#reading || this.#state !== "open") return;
    this.#reading = true;
    this.#readBack().then(
      () => {
        this.#reading = false;
      },
      (error: unknown) => {
        this.#reading = false;
        this.host.changed();
        this.#report("The outbox could not be read; it is tried again:", error);
        this.#cancelTimer = this.host.time.setTimer(() => this.refill(), READ_AGAIN_MS);
      },
    );
  }

  /** Whether everything in the outbox survives a crash from now on. */
  async sync(): Promise<boolean> {
    await this.#opened;
    if (this.#state !== "open") return false;
    try {
      await this.outbox.flush();
      return true;
    } catch (error) {
      this.#report("The outbox could not be flushed:", error);
      return false;
    }
  }

  /** Stops reading, then releases the outbox. */
  async close(): Promise<void> {
    const opened = this.#state === "open" || this.#state === "opening";
    this.#state = "closed";
    this.#cancelTimer();
    this.#early = [];
    if (opened) await this.outbox.close();
  }

  async #readBack(): Promise<void> {
    while (this.behind) {
      const room = this.host.room();
      if (room === undefined) return;
      const upTo = this.#lastAppended;
      const records = await this.outbox.read(this.#position, {
        maxRecords: Math.min(room.maxRecords, READ_RECORDS),
        maxBytes: Math.min(room.maxBytes, READ_BYTES),
      });
      if (this.#state !== "open") return;
      for (const record of records) this.#restore(record);
      // What is appended while an empty answer is under way is not in it.
      const end = records.length === 0 ? upTo : this.#position;
      // Until this process has appended something, only an empty answer tells the end.
      if (end === this.#lastAppended) this.#caughtUp();
      this.host.changed();
    }
  }

  #restore({ sequence, payload }: OutboxRecord): void {
    if (sequence <= this.#position) throw new Error(`record ${sequence} was answered after ${this.#position}`);
    this.#position = sequence;
    const cohort = sequence < this.#firstAppended ? this.#recovered : this.host.cohorts.of(sequence);
    // More than the outbox said there would be.
    if (cohort.spilled === 0) this.host.recovered(1);
    else this.#add(cohort, -1);
    const message = decodeMessage(payload);
    if (message !== undefined) {
      this.host.enqueue(message, sequence, cohort);
      return;
    }
    this.host.lost(1);
    this.acknowledge([sequence]);
    this.#report(`Record ${sequence} of the outbox is no message of ours; it was skipped.`);
  }

  /** Everything has been read: what has not come by now never will. */
  #caughtUp(): void {
    this.behind = false;
    const { spilled } = this;
    if (spilled === 0) return;
    for (const cohort of this.host.cohorts.all()) this.#add(cohort, -cohort.spilled);
    this.host.lost(spilled);
    this.#report(`${spilled} messages were not found in the outbox; they are lost.`);
  }

  #openFailed(error: unknown): void {
    if (this.#state !== "opening") return;
    this.#state = "failed";
    this.behind = false;
    this.#report("The outbox could not be opened; messages are held in memory only:", error);
    for (const { message, cohort } of this.#early) {
      this.#add(cohort, -1);
      this.host.enqueue(message, 0, cohort);
    }
    this.#early = [];
    this.#caughtUp();
    this.host.changed();
  }

  #add(cohort: Cohort, count: number): void {
    cohort.spilled += count;
    this.spilled += count;
  }

  #report(message: string, error?: unknown): void {
    this.host.report("outbox_failed", message, error);
  }
}
