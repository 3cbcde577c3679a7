import { AppendTimes } from "./append-times.js";
import { RECORD_HEADER_BYTES } from "./record.js";
import { SEGMENT_HEADER_BYTES, type Segment } from "./segment.js";
import { SequenceSet } from "./sequence-set.js";
import type { WriteBuffer } from "./write-buffer.js";

/** Where every record is, and whether it is done: acknowledged, or found damaged. */
export class Ledger {
  readonly memory: WriteBuffer;
  /** Ascending; the last one takes new records. Their ranges don't overlap. */
  readonly segments: Segment[] = [];
  readonly done = new SequenceSet();

  /** Records that are not done. */
  pending = 0;
  /** Records found damaged. */
  corrupt = 0;
  /** Records that were stored and whose bytes are gone. */
  lost = 0;
  readonly times = new AppendTimes();
  /** Counts up with each record that becomes done. */
  doneCount = 0;
  /** Whether there are complete segments that no checkpoint lists, or listed ones that are gone. */
  isListStale = false;
  /** Whether a segment has become finished. */
  hasFinished = false;
  checkpointBytes = 0;
  /** Bytes in files that belong to no segment any more. */
  leftoverBytes = 0;
  #segmentBytes = 0;
  /** All records before it are done. */
  #oldest = 0;

  constructor(memory: WriteBuffer) {
    this.memory = memory;
  }

  /** Bytes on the disk, and those that are on their way there. */
  get bytes(): number {
    // Each block may start a segment.
    const unwritten = this.memory.unwrittenBytes + this.memory.blockCount * SEGMENT_HEADER_BYTES;
    return this.#segmentBytes + unwritten + this.checkpointBytes + this.leftoverBytes;
  }

  /** The bytes in use once a record of so many payload bytes has been appended. */
  bytesWith(payloadBytes: number): number {
    return this.bytes + SEGMENT_HEADER_BYTES + RECORD_HEADER_BYTES + payloadBytes;
  }

  append(payload: Uint8Array): number {
    this.pending++;
    const sequence = this.memory.append(payload);
    this.times.note(sequence, Date.now());
    return sequence;
  }

  isPending(sequence: number): boolean {
    const isHere = this.segmentOf(sequence) !== undefined || this.memory.holds(sequence);
    return isHere && !this.done.has(sequence);
  }

  /** The first record that is not done. */
  oldestPending(): number | undefined {
    if (this.pending === 0) return undefined;
    for (const { first, end, live } of this.segments) {
      if (live === 0 || end <= this.#oldest) continue;
      this.#oldest = this.done.firstMissing(Math.max(first, this.#oldest), end);
      if (this.#oldest < end) return this.#oldest;
    }
    for (const [from, to] of this.memory.unwrittenRanges()) {
      const first = this.done.firstMissing(from, to);
      if (first < to) return first;
    }
    return undefined;
  }

  /** Records that are not done and in no file. */
  get notStored(): number {
    let count = 0;
    for (const [from, to] of this.memory.unwrittenRanges()) count += this.done.countMissing(from, to);
    return count;
  }

  /** Returns whether the record was there and not done. */
  markDone(sequence: number): boolean {
    const segment = this.segmentOf(sequence);
    if (segment === undefined && !this.memory.holds(sequence)) return false;
    if (!this.done.add(sequence)) return false;
    this.pending--;
    this.doneCount++;
    if (segment !== undefined && --segment.live === 0) this.hasFinished = true;
    return true;
  }

  /** Marks what is in a set as done. */
  markAllDone(done: SequenceSet): void {
    for (const { first, end } of [...this.segments]) {
      for (let sequence = first; sequence < end; sequence++) if (done.has(sequence)) this.markDone(sequence);
    }
  }

  /** Counts records as damaged, those that are not done yet. Returns how many. */
  giveUp(from: number, to: number): number {
    let count = 0;
    for (let sequence = from; sequence < to; sequence++) if (this.markDone(sequence)) count++;
    this.corrupt += count;
    return count;
  }

  segmentOf(sequence: number): Segment | undefined {
    const segment = this.segmentFrom(sequence);
    return segment !== undefined && segment.first <= sequence ? segment : undefined;
  }

  /** The first segment with records at or behind the sequence. */
  segmentFrom(sequence: number): Segment | undefined {
    let low = 0;
    let high = this.segments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.segments[middle]?.end ?? 0) <= sequence) low = middle + 1;
      else high = middle;
    }
    return this.segments[low];
  }

  addSegment(segment: Segment): void {
    this.isListStale ||= this.segments.length > 0;
    this.segments.push(segment);
    this.#segmentBytes += segment.size;
  }

  /** Moves the end of a segment, after records have been written behind it or taken from it. */
  moveEnd(segment: Segment, end: number, size: number): void {
    if (end > segment.end) segment.live += this.done.countMissing(segment.end, end);
    else segment.live -= this.done.countMissing(end, segment.end);
    segment.end = end;
    this.#segmentBytes += size - segment.size;
    segment.size = size;
  }

  /** Segments that are no longer needed. The last one stays: its name shows which sequences were used. */
  finishedSegments(): Segment[] {
    return this.segments.slice(0, -1).filter(({ live }) => live === 0);
  }

  /** A segment most of whose records are done, if there is one; not the last, which is being written. */
  sparseSegment(): Segment | undefined {
    return this.segments
      .slice(0, -1)
      .find(({ first, end, live, omitted }) => live > 0 && live <= (end - first - omitted) / 4);
  }

  /** Notes that a segment was written anew, with only so many records. */
  shrink(segment: Segment, records: number, size: number): void {
    segment.omitted = segment.end - segment.first - records;
    this.#segmentBytes += size - segment.size;
    segment.size = size;
  }

  /** Forgets a segment whose file is gone. */
  removeSegment(segment: Segment): void {
    const at = this.segments.indexOf(segment);
    if (at < 0) return;
    this.segments.splice(at, 1);
    this.#segmentBytes -= segment.size;
    this.done.deleteRange(segment.first, segment.end);
  }

  /** Counts a segment's records as lost, because its file is gone. Returns how many that are. */
  loseSegment(segment: Segment): number {
    const { live } = segment;
    this.pending -= live;
    this.lost += live;
    this.isListStale = true;
    this.removeSegment(segment);
    return live;
  }

  /** Forgets what waits in memory and is done, which is possible while nothing is being written. */
  dropDoneFromMemory(): void {
    const gone = this.memory.dropDone((from, to) => this.done.hasAll(from, to));
    for (const [from, to] of gone) this.done.deleteRange(from, to);
  }
}
