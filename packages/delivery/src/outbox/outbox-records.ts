import { describeError } from "@alumiini/core/adapter";
import type { FlushEpoch } from "../flush-epochs.js";
import type { Message } from "../ports/message.js";
import type { Outbox, OutboxRecord, OutboxRefusal } from "../ports/outbox.js";
import type { Entry } from "../queue/entry.js";
import type { DeliveryState } from "../state.js";
import { decodeMessage, encodeMessage } from "./message-codec.js";

/** Messages that are remembered at most, whose records stayed behind in storage that has gone. */
const MAX_LEFT_BEHIND = 100_000;

/** The records of the outbox, and what follows from their numbers. */
export class OutboxRecords {
  /** The last record that this process has appended since the storage was opened. */
  lastAppended = 0;
  /** Counts up with each storage, and when it is closed: what was asked of another means nothing. */
  storage = 0;
  #firstAppended = Number.POSITIVE_INFINITY;
  /** Records of messages that were in memory when the storage was opened. */
  #held = { first: 0, last: 0 };
  /** Up to this record, what was not in memory then is covered by any flush. */
  #lastTakenOver = 0;
  #recovered: FlushEpoch;
  /** Messages that were in memory when their storage went, and have not been left to other storage alone since. */
  readonly #leftBehind = new Set<string>();
  /** Messages that the outbox had kept in memory when it got its storage. */
  readonly #takenOver = new Set<string>();

  constructor(
    readonly state: DeliveryState,
    readonly outbox: Outbox,
  ) {
    this.#recovered = state.epochs.current;
    state.accounting.keepDeadLetter = (message, reason, error) => this.#keepDeadLetter(message, reason, error);
  }

  /** What others left counts as accepted when the storage was opened. */
  get recovered(): FlushEpoch {
    return this.#recovered;
  }

  /** Appends a message, or returns why not. */
  append(message: Message, acceptedAt = this.state.epochMs()): number | OutboxRefusal {
    return this.#append(() => encodeMessage(message, acceptedAt));
  }

  #append(encode: () => Uint8Array): number | OutboxRefusal {
    try {
      const sequence = this.outbox.append(encode());
      if (typeof sequence === "number") {
        this.#firstAppended = Math.min(this.#firstAppended, sequence);
        this.lastAppended = sequence;
      }
      return sequence;
    } catch (error) {
      this.report("The outbox could not take a message:", error);
      return "closed";
    }
  }

  read(after: number, limits: Parameters<Outbox["read"]>[1]): Promise<readonly OutboxRecord[]> {
    return this.outbox.read(after, limits);
  }

  acknowledge(sequences: readonly number[]): void {
    if (sequences.length === 0) return;
    try {
      this.outbox.acknowledge(sequences);
    } catch (error) {
      this.report("The outbox could not note what is done; it will be sent again after a restart:", error);
    }
  }

  /** Whether others left the record, before this process appended any. */
  isOfOthers(sequence: number): boolean {
    return sequence < this.#firstAppended;
  }

  /** Whether everything up to `position` includes what others left. */
  coversOthers(position: number): boolean {
    return position >= this.#firstAppended - 1;
  }

  /** Whether the record's message was in memory when it was appended. */
  isHeld(sequence: number): boolean {
    return sequence >= this.#held.first && sequence <= this.#held.last;
  }

  get lastHeld(): number {
    return this.#held.last;
  }

  /** The epoch that a message is counted in which is in the outbox alone. */
  epochOf(sequence: number): FlushEpoch {
    const isEarlier = sequence < this.#firstAppended || sequence <= this.#lastTakenOver;
    return isEarlier ? this.#recovered : this.state.epochs.of(sequence);
  }

  /** The storage has been opened, and others may have left records in it. */
  begin(): void {
    this.#recovered = this.state.epochs.oldest;
  }

  /** Storage was opened that has nothing of this process: what is in memory gets its records. Returns how many. */
  appendFromMemory(): number {
    const { buffer, epochs, time } = this.state;
    epochs.forgetSequences();
    this.#firstAppended = Number.POSITIVE_INFINITY;
    this.lastAppended = 0;
    this.#held = { first: 0, last: 0 };
    let appended = 0;
    for (const entry of this.#inMemory()) {
      const sequence = this.append(entry.message, this.state.epochMs() - (time.now() - entry.acceptedAt));
      if (typeof sequence !== "number") break;
      buffer.stored(entry, sequence);
      if (appended++ === 0) this.#held.first = sequence;
      this.#held.last = sequence;
    }
    return appended;
  }

  /**
   * Other storage is in place of the one that was used: appends what is in memory, and behind it those of `kept` that are
   * not. Returns those that it does not take, and how many it took.
   */
  moveTo(kept: readonly OutboxRecord[]): { readonly taken: number; readonly refused: readonly OutboxRecord[] } {
    this.storage++;
    const inMemory = new Set<number>();
    for (const entry of this.#inMemory()) {
      if (entry.sequence === 0) continue;
      inMemory.add(entry.sequence);
      this.#leftBehind.add(identityOf(entry.message));
      this.state.buffer.unstored(entry);
    }
    for (const id of this.#leftBehind) {
      if (this.#leftBehind.size <= MAX_LEFT_BEHIND) break;
      this.#leftBehind.delete(id);
    }
    this.appendFromMemory();
    const others = kept.filter(({ sequence }) => !inMemory.has(sequence));
    const refusedAt = others.findIndex(({ payload }) => typeof this.#append(() => payload) !== "number");
    const taken = refusedAt < 0 ? others.length : refusedAt;
    this.#takenOver.clear();
    for (const { payload } of others) {
      const message = decodeMessage(payload);
      if (message !== undefined) this.#takenOver.add(identityOf(message));
    }
    this.#lastTakenOver = this.lastAppended;
    return { taken, refused: others.slice(taken) };
  }

  /**
   * Whether the message of a record that others seem to have left is known: it was in memory when its storage went, or the
   * outbox had kept it. It must not be sent again.
   */
  isKnown(message: Message): boolean {
    const identity = identityOf(message);
    return this.#leftBehind.has(identity) || this.#takenOver.has(identity);
  }

  /** The message is in the outbox alone from now on. */
  leave(message: Message): void {
    if (this.#leftBehind.size > 0) this.#leftBehind.delete(identityOf(message));
  }

  report(message: string, error?: unknown): void {
    this.state.report("outbox_failed", message, error);
  }

  *#inMemory(): Iterable<Entry> {
    for (const { entries } of this.state.underWay) yield* entries;
    yield* this.state.buffer.queue.entries();
  }

  #keepDeadLetter(message: Message, reason: string, error: Error): void {
    const time = this.state.epochMs();
    try {
      this.outbox.keepDeadLetter?.({
        payload: encodeMessage(message, time),
        reason,
        error: describeError(error),
        time,
      });
    } catch (thrown) {
      this.report("The outbox could not keep a dead letter:", thrown);
    }
  }
}

function identityOf({ id, destination }: Message): string {
  return `${id}\n${destination}`;
}
