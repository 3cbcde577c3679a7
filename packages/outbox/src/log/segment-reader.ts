import { join } from "node:path";
import type { OutboxRecord } from "@alumiini/delivery";
import { type FileSystem, type OpenFile, openIfThere } from "../io/file-system.js";
import type { Ledger } from "./ledger.js";
import { readRecords } from "./read-file.js";
import { type Segment, seek, segmentName } from "./segment.js";

/** Collects records up to the limits of one read. */
export class RecordCollector {
  readonly records: OutboxRecord[] = [];
  readonly #maxRecords: number;
  #bytesLeft: number;
  isFull = false;

  constructor(limits: { readonly maxRecords: number; readonly maxBytes: number }) {
    this.#maxRecords = limits.maxRecords;
    this.#bytesLeft = limits.maxBytes;
  }

  /** Returns whether there is room for more. The payload is copied: its bytes belong to a buffer that is used again. */
  take(sequence: number, payload: Uint8Array): boolean {
    if (this.records.length > 0 && payload.length > this.#bytesLeft) this.isFull = true;
    if (this.isFull) return false;
    this.records.push({ sequence, payload: new Uint8Array(payload) });
    this.#bytesLeft -= payload.length;
    this.isFull = this.records.length >= this.#maxRecords || this.#bytesLeft <= 0;
    return !this.isFull;
  }
}

/** Reads records that are not done, wherever they are. */
export class RecordReader {
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #ledger: Ledger;
  readonly #onCorrupt: (records: number) => void;
  readonly #onMissing: () => Promise<void>;
  readonly #isIntact: () => Promise<boolean>;

  constructor(options: {
    readonly fileSystem: FileSystem;
    readonly directory: string;
    readonly ledger: Ledger;
    readonly onCorrupt: (records: number) => void;
    /** Is called when a file is not there; resolves when what is known of it is up to date. */
    readonly onMissing: () => Promise<void>;
    /** Whether the directory is still the one that was opened: otherwise its files may be another outbox's. */
    readonly isIntact: () => Promise<boolean>;
  }) {
    this.#fileSystem = options.fileSystem;
    this.#directory = options.directory;
    this.#ledger = options.ledger;
    this.#onCorrupt = options.onCorrupt;
    this.#onMissing = options.onMissing;
    this.#isIntact = options.isIntact;
  }

  async read(after: number, collector: RecordCollector): Promise<void> {
    const { memory, done } = this.#ledger;
    let position = after + 1;
    while (!collector.isFull) {
      // Asked for anew each time: while a file is read, records move from memory to files, and files disappear.
      const segment = this.#ledger.segmentFrom(position);
      const from = Math.max(position, segment?.first ?? 0);
      if (segment === undefined || from >= memory.first) {
        memory.read(position, (sequence, payload) => done.has(sequence) || collector.take(sequence, payload));
        return;
      }
      const to = Math.min(segment.end, memory.first);
      await this.#readSegment(segment, from, to, collector);
      position = to;
    }
  }

  async #readSegment(segment: Segment, from: number, to: number, collector: RecordCollector): Promise<void> {
    if (this.#ledger.done.hasAll(from, to)) return;
    // Before it is opened: a file that is written anew meanwhile is smaller, never larger.
    const { size } = segment;
    const file = await openIfThere(this.#fileSystem, join(this.#directory, segmentName(segment.first)));
    if (file === undefined) {
      if (!this.#ledger.segments.includes(segment)) return;
      await this.#onMissing();
      // It was lost, or is back in its place and can be read next time.
      if (!this.#ledger.segments.includes(segment)) return;
      throw new Error(`${segmentName(segment.first)} is missing`);
    }
    try {
      if (!(await this.#isIntact())) {
        await this.#onMissing();
        throw new Error("its directory was deleted or moved away");
      }
      await this.#collect(segment, file, { size, from, to }, collector);
    } finally {
      await file.close();
    }
  }

  async #collect(
    segment: Segment,
    file: OpenFile,
    { size, from, to }: { size: number; from: number; to: number },
    collector: RecordCollector,
  ): Promise<void> {
    const start = seek(segment, from);
    const range = { position: start.offset, end: size, expected: start.sequence, before: to };
    let next = from;
    for await (const records of readRecords(file, range)) {
      // With a segment goes the knowledge of what in it was done.
      if (!this.#ledger.segments.includes(segment)) return;
      for (const { sequence, next: behind, payload } of records) {
        if (behind <= from) continue;
        this.#skip(next, sequence);
        next = behind;
        if (payload !== undefined && !this.#ledger.done.has(sequence)) collector.take(sequence, payload);
        if (collector.isFull) return;
      }
    }
    this.#skip(next, to);
  }

  #skip(from: number, to: number): void {
    const count = this.#ledger.giveUp(from, to);
    if (count > 0) this.#onCorrupt(count);
  }
}
