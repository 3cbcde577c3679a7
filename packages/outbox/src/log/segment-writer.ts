import { join } from "node:path";
import { errorCode, type FileSystem, type OpenFile, openIfThere } from "../io/file-system.js";
import type { Ledger } from "./ledger.js";
import {
  emptySegment,
  encodeSegmentHeader,
  indexRecord,
  SEGMENT_HEADER_BYTES,
  type Segment,
  segmentName,
} from "./segment.js";
import type { Block, Mark } from "./write-buffer.js";

/** The segment that takes records. */
interface ActiveSegment {
  readonly segment: Segment;
  readonly file: OpenFile;
  /** What of it is safe. */
  synced: Mark;
}

/** A file with something at its end that must not be taken for records, or with nothing of use at all. */
export interface Leftover {
  readonly path: string;
  /** Where the useful part ends; 0 for a file to be removed. */
  readonly size: number;
  /** Bytes behind it. */
  readonly bytes: number;
}

/** A part of a block that is to be written. */
interface Slice {
  readonly block: Block;
  readonly to: Mark;
}

/** Writes what waits in memory into segments. Its methods must not overlap. */
export class SegmentWriter {
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  /** The size at which a segment is full. */
  #segmentBytes: number;
  readonly #ledger: Ledger;
  readonly #leftovers: Leftover[];
  readonly #requireInPlace: () => Promise<void>;
  #active: ActiveSegment | undefined;
  /** Since a failure, and until everything is written: each block is synced by itself, so that what fits is safe. */
  #isCautious = false;

  constructor(options: {
    readonly fileSystem: FileSystem;
    readonly directory: string;
    readonly segmentBytes: number;
    readonly ledger: Ledger;
    readonly leftovers: readonly Leftover[];
    /** Rejects where the directory is not the one that was opened: another outbox may have files of the same names. */
    readonly requireInPlace: () => Promise<void>;
  }) {
    this.#fileSystem = options.fileSystem;
    this.#directory = options.directory;
    this.#segmentBytes = options.segmentBytes;
    this.#ledger = options.ledger;
    this.#leftovers = [...options.leftovers];
    this.#requireInPlace = options.requireInPlace;
  }

  /**
   * Makes the first segment, whose name keeps this process's sequences from being used again. After a rejection
   * `abandon` must follow.
   */
  async begin(): Promise<void> {
    await this.#removeLeftovers();
    if (this.#active === undefined) this.#active = await this.#create(this.#ledger.memory.first);
  }

  /** Writes everything appended before the call. After a rejection `abandon` must follow. */
  async write(): Promise<void> {
    const until = this.#ledger.memory.next;
    await this.#removeLeftovers();
    for (;;) {
      const [block] = this.#ledger.memory.unwritten(until);
      if (block === undefined) break;
      const { segment, file } = await this.#segmentFor(block.written.sequence);
      const slices = this.#slicesFor(segment, until);
      let size = segment.size;
      const buffers = slices.map((slice) => slice.block.buffer.subarray(slice.block.written.offset, slice.to.offset));
      await this.#writeTo(segment, file, buffers);
      for (const { block, to } of slices) {
        indexRecord(segment, { sequence: block.written.sequence, offset: size });
        size += to.offset - block.written.offset;
        this.#ledger.memory.markWritten(block, to);
        this.#ledger.moveEnd(segment, to.sequence, size);
      }
      if (this.#isCautious) await this.sync();
    }
    this.#isCautious = false;
  }

  async #writeTo(segment: Segment, file: OpenFile, buffers: readonly Buffer[]): Promise<void> {
    try {
      await file.write(buffers, segment.size);
    } catch (error) {
      // The process may not make files larger than that: the next one goes on from here.
      if (errorCode(error) === "EFBIG" && segment.size > SEGMENT_HEADER_BYTES) {
        this.#segmentBytes = Math.min(this.#segmentBytes, segment.size);
      }
      throw error;
    }
  }

  /** What follows the segment without a gap, until it is full. */
  #slicesFor(segment: Segment, until: number): Slice[] {
    const slices: Slice[] = [];
    let { size, end } = segment;
    for (const block of this.#ledger.memory.unwritten(until)) {
      if (block.written.sequence !== end) break;
      if (slices.length > 0 && (this.#isCautious || size >= this.#segmentBytes)) break;
      slices.push({ block, to: block.appended });
      size += block.appended.offset - block.written.offset;
      end = block.appended.sequence;
    }
    return slices;
  }

  /** Makes everything written safe. After a rejection `abandon` must follow. */
  async sync(): Promise<void> {
    if (this.#active === undefined) return;
    const { segment, file } = this.#active;
    const written = { offset: segment.size, sequence: segment.end };
    const hasNew = this.#active.synced.sequence < written.sequence;
    if (hasNew) await file.sync();
    // Even if nothing is new: a flush must not confirm records whose files were deleted.
    await requireInPlace(this.#active);
    if (!hasNew) return;
    this.#active.synced = written;
    this.#ledger.memory.markSynced();
  }

  /** The segment that takes the record of this sequence. */
  async #segmentFor(sequence: number): Promise<ActiveSegment> {
    const active = this.#active;
    if (active !== undefined) {
      if (active.segment.end === sequence && active.segment.size < this.#segmentBytes) return active;
      // Only the last segment of a directory may hold what is not safe.
      await this.sync();
      this.#active = undefined;
      await active.file.close();
    }
    this.#active = await this.#create(sequence);
    return this.#active;
  }

  async #create(first: number): Promise<ActiveSegment> {
    await this.#requireInPlace();
    const path = join(this.#directory, segmentName(first));
    // One of this name is there if it was given up before it held anything. Its name must not be given up as well: it
    // may be the only one to tell which sequences were used.
    const last = this.#ledger.segments.at(-1);
    const given = last?.first === first ? last : undefined;
    const segment = given ?? emptySegment(first);
    let file: OpenFile | undefined;
    try {
      const leftover = given === undefined ? undefined : await openIfThere(this.#fileSystem, path);
      file = leftover ?? (await this.#fileSystem.create(path));
      await file.write([encodeSegmentHeader(first)], 0);
      await this.#fileSystem.syncDirectory(this.#directory);
    } catch (error) {
      // Even a creation that failed may have left the name.
      if (given === undefined) this.#leftovers.push({ path, size: 0, bytes: 0 });
      if (file !== undefined) await closeQuietly(file);
      throw error;
    }
    if (given === undefined) this.#ledger.addSegment(segment);
    return { segment, file, synced: { offset: segment.size, sequence: first } };
  }

  /** Otherwise dead letters could be taken for records later, when it is forgotten that they were done. */
  async #removeLeftovers(): Promise<void> {
    if (this.#leftovers.length > 0) await this.#requireInPlace();
    for (let next = this.#leftovers[0]; next !== undefined; next = this.#leftovers[0]) {
      if (next.size === 0) await this.#fileSystem.remove(next.path);
      else await this.#truncate(next).catch(ignoreMissing);
      this.#ledger.leftoverBytes -= next.bytes;
      this.#leftovers.shift();
    }
  }

  async #truncate({ path, size }: Leftover): Promise<void> {
    const file = await this.#fileSystem.open(path);
    try {
      await file.truncate(size);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /**
   * Gives the segment up after a failure. What of it is safe stays; the rest is still in memory and goes into a new
   * one: after a failed sync the content of this one is unknown, and a second sync would succeed without saving it.
   */
  async abandon(): Promise<void> {
    const active = this.#active;
    this.#active = undefined;
    this.#isCautious = true;
    this.#ledger.memory.forgetUnsynced();
    if (active === undefined) return;
    const { segment, file, synced } = active;
    const leftover = {
      path: join(this.#directory, segmentName(segment.first)),
      size: synced.offset,
      bytes: segment.size - synced.offset,
    };
    this.#leftovers.push(leftover);
    this.#ledger.leftoverBytes += leftover.bytes;
    this.#ledger.moveEnd(segment, synced.sequence, synced.offset);
    while ((segment.index.at(-1)?.sequence ?? 0) >= segment.end) segment.index.pop();
    await closeQuietly(file);
  }

  /** Syncs what has been written and closes the file. */
  async close(): Promise<void> {
    const active = this.#active;
    if (active === undefined) return;
    try {
      await this.sync();
    } finally {
      this.#active = undefined;
      await active.file.close();
    }
  }
}

/** Without it, records in a file that no later process finds would count as safe. */
async function requireInPlace({ file, segment }: ActiveSegment): Promise<void> {
  if (!(await file.isInPlace())) throw new Error(`${segmentName(segment.first)} was deleted or moved away`);
}

/** A deleted file needs no more care. */
function ignoreMissing(error: unknown): void {
  if (errorCode(error) !== "ENOENT") throw error;
}

async function closeQuietly(file: OpenFile): Promise<void> {
  try {
    await file.close();
  } catch {
    // The failure that led here has been reported, and nothing in this file counts any more.
  }
}
