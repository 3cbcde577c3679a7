import { setImmediate } from "node:timers/promises";
import { toWire } from "@alumiini/core";
import { aheadOfClock } from "@alumiini/core/adapter";
import type { Intake as ConsumerIntake, StreamMessage } from "../consume/intake.js";
import type { HistoryProjector } from "../projections/projector.js";
import { COUNTS, DEAD_LETTERS } from "../projections/tables.js";
import type { OwnCounts } from "../queries/delivery.js";
import type { Change, Store } from "../store/store.js";
import type { Row } from "../store/table.js";
import { GroupWriter, type WriterOptions } from "../store/writer.js";
import type { Intake, IntakeMessage, IntakeResult } from "./intake.js";
import type { ReadEvent, ReadResult } from "./own-event.js";
import { readEvent } from "./read-event.js";
import { deadLetterOf, type Refused, rowOf } from "./rows.js";

/** Rows of one batch: a group has at most 4,000. So many are read before the event loop has its turn. */
const BATCH_ROWS = 500;
/** Events of one message. */
const MAX_ITEMS = 10_000;
/** Counts are written down so often, so a crash forgets so much of them. */
const COUNTS_EVERY_MS = 10_000;

interface Batch {
  readonly events: Row[];
  readonly changes: Change[];
  refused: number;
  messages: number;
}

/** Reads messages, hands their rows to the writer, and counts what becomes of them. */
export class Receiver implements Intake, ConsumerIntake {
  readonly #projector: HistoryProjector;
  readonly #writer: GroupWriter;
  readonly #name: string;
  readonly #now: () => number;
  readonly #since: number;
  readonly #counts = { received: 0, stored: 0, duplicate: 0, ignored: 0, refused: 0, dropped: 0 };
  /** Messages are read one lot after the other, in the order in which they came. */
  #reading: Promise<unknown> = Promise.resolve();
  #readInTurn = 0;
  /** Messages that are neither stored nor given back. */
  #inFlight = 0;
  #expired = 0;
  #written = "";
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  readonly #readOnly: boolean;

  /** @param name tells this process from others that count into the same store */
  constructor(store: Store, projector: HistoryProjector, name: string, now: () => number, options: WriterOptions) {
    this.#projector = projector;
    this.#writer = new GroupWriter(store, projector, options);
    this.#name = name;
    this.#now = now;
    this.#since = now();
    this.#readOnly = store.readOnly;
    if (store.readOnly) return;
    this.#timer = setInterval(() => void this.#writeCounts().catch(() => {}), COUNTS_EVERY_MS);
    this.#timer.unref();
  }

  get hasRoom(): boolean {
    return this.#writer.hasRoom;
  }

  async room(): Promise<void> {
    await this.#reading;
    await this.#writer.room();
  }

  async intake(messages: readonly IntakeMessage[]): Promise<IntakeResult> {
    // Without one a dead letter can't be stored, so the message would fail each time it is offered.
    if (messages.some(({ source }) => typeof source !== "string")) {
      throw new TypeError("intake: a message has no source. Fix: name the stream or the address that it came from");
    }
    return await this.#store(await this.#batchesOf(messages));
  }

  /** Stores an event that has been read. Resolves when it is committed. */
  async take(event: ReadEvent): Promise<void> {
    await this.#store([{ ...emptyBatch(), events: [this.#rowOf(event, this.#now())], messages: 1 }]);
  }

  /** The same for a consumer, with rows that must not be stored before all of the messages are. */
  async add(messages: readonly StreamMessage[], changes: readonly Change[]): Promise<void> {
    const batches = await this.#batchesOf(
      messages.map(({ value, stream, sequence }) => ({ value, source: stream, sequence })),
    );
    const last = batches.pop() ?? emptyBatch();
    await this.#store(batches);
    last.changes.push(...changes);
    await this.#store([last]);
  }

  /** A message that the store can't take. */
  async deadLetter(message: StreamMessage, reason: string, changes: readonly Change[]): Promise<void> {
    const { stream, sequence, value, receivedAt } = message;
    const text = new TextDecoder().decode(value);
    const refused = {
      reason: "not_storable",
      message: reason,
      source: stream,
      sequence,
      receivedAt,
      value: text,
    } as const;
    await this.#store([{ ...emptyBatch(), changes: [deadLetterChange(refused), ...changes], refused: 1, messages: 1 }]);
  }

  /** An event of this process for which there is no room. */
  drop(): void {
    this.#counts.dropped++;
  }

  /** Rows that retention has deleted. */
  expire(rows: number): void {
    this.#expired += rows;
  }

  counts(): OwnCounts {
    return {
      writer: this.#name,
      since: this.#since,
      ...this.#counts,
      // What is under way is in no other count yet.
      received: this.#counts.received + this.#inFlight,
      expired: this.#expired,
      inFlight: this.#inFlight,
    };
  }

  async flush(): Promise<void> {
    await this.#reading;
    await this.#writer.flush();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#reading;
    await this.#writer.flush();
    if (!this.#readOnly) await this.#writeCounts().catch(() => {});
    await this.#writer.close();
  }

  async #store(batches: readonly Batch[]): Promise<IntakeResult> {
    const results = await Promise.allSettled(batches.map((batch) => this.#add(batch)));
    const total = { stored: 0, duplicate: 0, ignored: 0, refused: 0 };
    for (const result of results) {
      if (result.status === "rejected") throw result.reason;
      for (const key of ["stored", "duplicate", "ignored", "refused"] as const) total[key] += result.value[key];
    }
    return total;
  }

  async #add(batch: Batch): Promise<IntakeResult> {
    this.#inFlight += batch.messages;
    try {
      const { fresh, duplicates, expired } = await this.#writer.add(batch);
      const result = { stored: fresh.length, duplicate: duplicates, ignored: expired, refused: batch.refused };
      this.#counts.received += batch.messages;
      this.#counts.stored += result.stored;
      this.#counts.duplicate += result.duplicate;
      this.#counts.ignored += result.ignored;
      this.#counts.refused += result.refused;
      return result;
    } finally {
      this.#inFlight -= batch.messages;
    }
  }

  #batchesOf(messages: readonly IntakeMessage[]): Promise<Batch[]> {
    const batches = this.#reading.then(() => this.#read(messages));
    this.#reading = batches.catch(() => {});
    return batches;
  }

  async #read(messages: readonly IntakeMessage[]): Promise<Batch[]> {
    const batches: Batch[] = [];
    let batch: Batch | undefined;
    const receivedAt = this.#now();
    for (const message of messages) {
      for (const item of itemsOf(message.value)) {
        if (batch === undefined || batch.messages >= BATCH_ROWS) {
          batch = emptyBatch();
          batches.push(batch);
        }
        if (this.#readInTurn >= BATCH_ROWS) {
          await setImmediate();
          this.#readInTurn = 0;
        }
        this.#readInTurn++;
        batch.messages++;
        const read = notAhead(readEvent(item), receivedAt);
        if (read.ok) {
          batch.events.push(this.#rowOf(read.event, receivedAt));
          continue;
        }
        batch.refused++;
        batch.changes.push(deadLetterChange({ ...message, ...read, value: item, receivedAt }));
      }
    }
    return batches;
  }

  #rowOf(event: ReadEvent, receivedAt: number): Row {
    const row = rowOf(event, receivedAt);
    // What has just been read need not be parsed again to be projected.
    if (event.own !== undefined)
      this.#projector.expect(row, event.form === "alumiini" ? event.body : toWire(event.own));
    return row;
  }

  async #writeCounts(): Promise<void> {
    const { inFlight, dropped, received, ...counts } = this.counts();
    const row = { ...counts, received: received - inFlight, updated_at: this.#now() };
    const written = JSON.stringify([row.received, row.refused, row.expired]);
    if (written === this.#written) return;
    await this.#writer.add({
      events: [],
      changes: [{ table: COUNTS.name, remove: [[this.#name]], append: [row] }],
    });
    this.#written = written;
  }
}

function notAhead(read: ReadResult, receivedAt: number): ReadResult {
  const message = read.ok ? aheadOfClock(read.event.ts, receivedAt) : undefined;
  return message === undefined ? read : { ok: false, reason: "ahead_of_clock", message };
}

function emptyBatch(): Batch {
  return { events: [], changes: [], refused: 0, messages: 0 };
}

function deadLetterChange(refused: Refused): Change {
  const letter = deadLetterOf(refused);
  return { table: DEAD_LETTERS.name, remove: [[letter["id"] ?? null]], append: [letter] };
}

/** One message may hold several events, as CloudEvents' batches do. */
function itemsOf(value: unknown): readonly unknown[] {
  const decoded = decode(value);
  if (Array.isArray(decoded) && decoded.length > 0 && decoded.length <= MAX_ITEMS) return decoded;
  return [decoded];
}

/** Anything but JSON stays as it is: `readEvent` says what is wrong with it. */
function decode(value: unknown): unknown {
  const text = value instanceof Uint8Array ? new TextDecoder().decode(value) : value;
  if (typeof text !== "string" || !/^\s*\[/.test(text) || text.length > 64 * 2 ** 20) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
