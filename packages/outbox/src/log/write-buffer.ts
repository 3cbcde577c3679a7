import { RECORD_HEADER_BYTES, RecordParser, writeRecord } from "./record.js";

/** Records in one buffer, as they stand in the file. */
export interface Block {
  readonly buffer: Buffer;
  /** The state of its end, of what has been written to a file, and of what is safe in one. */
  appended: Mark;
  written: Mark;
  synced: Mark;
}

/** A place in a block. */
export interface Mark {
  readonly offset: number;
  /** The sequence of the record that starts at the offset. */
  readonly sequence: number;
}

/**
 * The records that are not safe on the disk yet. They stay here until they are synced, so that they can be written
 * again, elsewhere, when the disk fails.
 */
export class WriteBuffer {
  readonly #blockBytes: number;
  readonly #blocks: Block[] = [];
  #next: number;
  #allocated = 0;
  #unwritten = 0;
  #unsynced = 0;

  /** `next` is the sequence of the first record. */
  constructor(next: number, blockBytes: number) {
    this.#next = next;
    this.#blockBytes = blockBytes;
  }

  /** The first sequence that is not safe on the disk. */
  get first(): number {
    return this.#blocks[0]?.synced.sequence ?? this.#next;
  }

  /** The sequence that the next record gets. */
  get next(): number {
    return this.#next;
  }

  /** Bytes of records that are in no file. */
  get unwrittenBytes(): number {
    return this.#unwritten;
  }

  /** Bytes of records that are not safe on the disk. */
  get unsyncedBytes(): number {
    return this.#unsynced;
  }

  get blockCount(): number {
    return this.#blocks.length;
  }

  /** The memory that is in use once a record of so many payload bytes has been appended. */
  allocatedWith(payloadBytes: number): number {
    const size = RECORD_HEADER_BYTES + payloadBytes;
    return this.#allocated + (this.#lastWithRoom(size) === undefined ? Math.max(size, this.#blockBytes) : 0);
  }

  append(payload: Uint8Array): number {
    const size = RECORD_HEADER_BYTES + payload.length;
    const block = this.#lastWithRoom(size) ?? this.#addBlock(Math.max(size, this.#blockBytes));
    const sequence = this.#next++;
    const { offset } = block.appended;
    writeRecord(block.buffer, offset, sequence, payload);
    block.appended = { offset: offset + size, sequence: this.#next };
    this.#unwritten += size;
    this.#unsynced += size;
    return sequence;
  }

  #lastWithRoom(size: number): Block | undefined {
    const last = this.#blocks.at(-1);
    // A block has no gaps in its sequences, and the one behind it may have been dropped.
    const goesOn = last?.appended.sequence === this.#next && last.appended.offset + size <= last.buffer.length;
    return goesOn ? last : undefined;
  }

  #addBlock(bytes: number): Block {
    const start = { offset: 0, sequence: this.#next };
    const block = { buffer: Buffer.allocUnsafeSlow(bytes), appended: start, written: start, synced: start };
    this.#blocks.push(block);
    this.#allocated += bytes;
    return block;
  }

  /** The blocks with records below `until` that are in no file, in order. */
  unwritten(until: number): Block[] {
    return this.#blocks.filter(
      ({ written, appended }) => written.sequence < appended.sequence && written.sequence < until,
    );
  }

  /** The sequences that are in no file, as ranges from the first up to, but without, the second. */
  *unwrittenRanges(): Generator<readonly [from: number, to: number]> {
    for (const { written, appended } of this.#blocks) {
      if (written.sequence < appended.sequence) yield [written.sequence, appended.sequence];
    }
  }

  /** Notes that a block has been written up to the mark. */
  markWritten(block: Block, mark: Mark): void {
    this.#unwritten -= mark.offset - block.written.offset;
    block.written = mark;
  }

  /** Notes that what has been written is safe, and forgets it. */
  markSynced(): void {
    for (const block of this.#blocks) {
      this.#unsynced -= block.written.offset - block.synced.offset;
      block.synced = block.written;
    }
    while (isSafe(this.#blocks[0]) && !this.#isReusable()) {
      this.#allocated -= this.#blocks.shift()?.buffer.length ?? 0;
    }
    const [only] = this.#blocks;
    if (only === undefined || !isSafe(only)) return;
    const start = { offset: 0, sequence: this.#next };
    only.appended = start;
    only.written = start;
    only.synced = start;
  }

  /** The last block is filled anew, so that an outbox with little to do allocates nothing. */
  #isReusable(): boolean {
    return this.#blocks.length === 1 && this.#blocks[0]?.buffer.length === this.#blockBytes;
  }

  /** Notes that what was written but not synced has to be written again. */
  forgetUnsynced(): void {
    for (const block of this.#blocks) {
      this.#unwritten += block.written.offset - block.synced.offset;
      block.written = block.synced;
    }
  }

  /**
   * Removes the blocks with nothing left to write and returns the ranges of sequences that are gone with them. Only
   * for when nothing is being written.
   */
  dropDone(isDone: (from: number, to: number) => boolean): (readonly [from: number, to: number])[] {
    const gone: (readonly [number, number])[] = [];
    for (const block of [...this.#blocks]) {
      const { synced, appended } = block;
      if (synced.sequence === appended.sequence || !isDone(synced.sequence, appended.sequence)) continue;
      this.#blocks.splice(this.#blocks.indexOf(block), 1);
      this.#allocated -= block.buffer.length;
      this.#unwritten -= appended.offset - block.written.offset;
      this.#unsynced -= appended.offset - synced.offset;
      gone.push([synced.sequence, appended.sequence]);
    }
    return gone;
  }

  /** Whether the sequence is here. */
  holds(sequence: number): boolean {
    return sequence >= this.first && sequence < this.#next && this.#blockOf(sequence) !== undefined;
  }

  /** Hands out the records from `from` on, ascending, until `take` returns `false`. The payloads are views. */
  read(from: number, take: (sequence: number, payload: Uint8Array) => boolean): void {
    for (const { buffer, synced, appended } of this.#blocks) {
      if (appended.sequence <= from) continue;
      const parser = new RecordParser({
        position: synced.offset,
        end: appended.offset,
        expected: synced.sequence,
        before: appended.sequence,
      });
      for (const { sequence, payload } of parser.parse(buffer.subarray(synced.offset, appended.offset))) {
        if (sequence >= from && payload !== undefined && !take(sequence, payload)) return;
      }
    }
  }

  #blockOf(sequence: number): Block | undefined {
    return this.#blocks.find((block) => sequence >= block.synced.sequence && sequence < block.appended.sequence);
  }
}

function isSafe(block: Block | undefined): boolean {
  return block !== undefined && block.synced.sequence === block.appended.sequence;
}
