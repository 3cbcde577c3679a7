import { join } from "node:path";
import { errorCode, type FileSystem, replaceFile } from "./io/file-system.js";
import { writeCheckpoint } from "./log/checkpoint.js";
import type { Ledger } from "./log/ledger.js";
import { readRecords } from "./log/read-file.js";
import { encodeGap, encodeRecord } from "./log/record.js";
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES, type Segment, segmentName } from "./log/segment.js";

/** Removes files of no more use and writes down what is done. Its methods must not overlap. */
export class Housekeeping {
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #ledger: Ledger;
  readonly #requireInPlace: () => Promise<void>;
  /** `ledger.doneCount` at the last checkpoint. */
  #writtenDown = 0;

  constructor(options: {
    readonly fileSystem: FileSystem;
    readonly directory: string;
    readonly maxBytes: number;
    readonly ledger: Ledger;
    /** Rejects where the directory is not the one that was opened: another outbox may have files of the same names. */
    readonly requireInPlace: () => Promise<void>;
  }) {
    this.#fileSystem = options.fileSystem;
    this.#directory = options.directory;
    this.#maxBytes = options.maxBytes;
    this.#ledger = options.ledger;
    this.#requireInPlace = options.requireInPlace;
  }

  /** Records whose acknowledgement is in memory only. */
  get notWrittenDown(): number {
    return this.#ledger.doneCount - this.#writtenDown;
  }

  /** Removes the finished segments and, if it is due, writes down what has changed since the last time. */
  async tidy(isCheckpointDue: boolean): Promise<void> {
    await this.removeFinished(isCheckpointDue);
    if (isCheckpointDue && (this.notWrittenDown > 0 || this.#ledger.isListStale)) await this.#writeCheckpoint();
  }

  /** Lists the last segment as complete too: nothing follows. */
  async conclude(): Promise<void> {
    await this.#writeCheckpoint(this.#ledger.segments);
  }

  async #writeCheckpoint(segments: readonly Segment[] = this.#ledger.segments.slice(0, -1)): Promise<void> {
    await this.#requireInPlace();
    const { doneCount, done } = this.#ledger;
    this.#ledger.isListStale = false;
    try {
      this.#ledger.checkpointBytes = await writeCheckpoint(this.#fileSystem, this.#directory, done, segments);
      this.#writtenDown = doneCount;
    } catch (error) {
      this.#ledger.isListStale = true;
      throw error;
    }
  }

  /** Makes one file smaller, where bytes are scarce and that helps. Returns whether it did. */
  async compact(): Promise<boolean> {
    const segment = this.#ledger.bytes > this.#maxBytes / 2 ? this.#ledger.sparseSegment() : undefined;
    if (segment === undefined) return false;
    await this.#requireInPlace();
    await compact(this.#fileSystem, this.#directory, this.#ledger, segment);
    return true;
  }

  /** Removes the segments of which all is done: if any has become so, or `force` is given. */
  async removeFinished(force: boolean): Promise<void> {
    if (!this.#ledger.hasFinished && !force) return;
    this.#ledger.hasFinished = false;
    const finished = this.#ledger.finishedSegments();
    if (finished.length === 0) return;
    await this.#requireInPlace();
    // Otherwise the next process would take the records of a missing file for lost.
    if (this.notWrittenDown > 0) await this.#writeCheckpointFor(finished);
    for (const { first } of finished) await this.#fileSystem.remove(join(this.#directory, segmentName(first)));
    // Until then their acknowledgements must be known: a crash may bring the files back.
    await this.#fileSystem.syncDirectory(this.#directory);
    for (const segment of finished) this.#ledger.removeSegment(segment);
    this.#ledger.isListStale = true;
  }

  async #writeCheckpointFor(finished: readonly Segment[]): Promise<void> {
    try {
      await this.#writeCheckpoint();
    } catch (error) {
      if (errorCode(error) !== "ENOSPC") throw error;
      // They make the room for it themselves.
      for (const segment of finished) await this.#empty(segment);
      await this.#writeCheckpoint();
    }
  }

  /** Writes a gap over a segment's records, which takes no room on a full disk, and cuts the rest off. */
  async #empty(segment: Segment): Promise<void> {
    const { first, end } = segment;
    const gap = encodeGap(first, end);
    const size = SEGMENT_HEADER_BYTES + gap.length;
    if (segment.size <= size) return;
    const file = await this.#fileSystem.open(join(this.#directory, segmentName(first)));
    try {
      await file.write([gap], SEGMENT_HEADER_BYTES);
      await file.truncate(size);
      await file.sync();
    } finally {
      await file.close();
    }
    segment.index.length = 0;
    this.#ledger.shrink(segment, 0, size);
  }
}

/**
 * Rewrites a segment without the records that are done. Otherwise a few undeliverable records, one in each file,
 * would fill the disk. It replaces the file as a whole or not at all, and must not overlap with the writing of others.
 *
 * @throws where a record turns out to be damaged, after having counted it
 */
async function compact(fileSystem: FileSystem, directory: string, ledger: Ledger, segment: Segment): Promise<void> {
  const kept = await encodeLive(fileSystem, directory, ledger, segment);
  // From now on, whoever opens the file finds the old one or the new one, and nothing is at its old place in that.
  segment.index.length = 0;
  await replaceFile(fileSystem, directory, segmentName(segment.first), kept.content);
  const size = kept.content.reduce((sum, { length }) => sum + length, 0);
  ledger.shrink(segment, kept.records, size);
  await fileSystem.syncDirectory(directory);
}

async function encodeLive(
  fileSystem: FileSystem,
  directory: string,
  ledger: Ledger,
  segment: Segment,
): Promise<{ content: readonly Buffer[]; records: number }> {
  const { first, end, size } = segment;
  const content = [encodeSegmentHeader(first)];
  let damaged = 0;
  let records = 0;
  let next = first;
  const leaveOut = (from: number, to: number) => {
    if (from < to) content.push(encodeGap(from, to));
    damaged += ledger.giveUp(from, to);
  };
  const file = await fileSystem.open(join(directory, segmentName(first)));
  try {
    const range = { position: SEGMENT_HEADER_BYTES, end: size, expected: first, before: end };
    for await (const found of readRecords(file, range)) {
      for (const { sequence, payload } of found) {
        if (payload === undefined || ledger.done.has(sequence)) continue;
        leaveOut(next, sequence);
        content.push(encodeRecord(sequence, payload));
        records++;
        next = sequence + 1;
      }
    }
  } finally {
    await file.close();
  }
  leaveOut(next, end);
  if (damaged > 0) throw new Error(`found ${damaged} damaged records and skipped them`);
  return { content, records };
}
