import { crc32 } from "node:zlib";
import { readSequence, writeSequence } from "./record.js";

/** The version of segments and checkpoints that this code writes. It reads no newer one. */
export const FORMAT_VERSION = 1;

/** Magic (8 bytes), version (2), length of the header (2), CRC-32 of what follows (4), first sequence (8). */
export const SEGMENT_HEADER_BYTES = 24;

const MAGIC = Buffer.from("ALUMIOBX", "latin1");
const NAME = /^(\d{16})\.segment$/;

/** An entry every so many bytes lets a read start near its first record. */
const INDEX_STEP_BYTES = 65_536;

/** A file of records; each sequence in its range is there, or was omitted. */
export interface Segment {
  readonly first: number;
  /** The sequence behind the last record. */
  end: number;
  /** The offset behind the last record. */
  size: number;
  /** Records that are not done. */
  live: number;
  /** Sequences that have no record in the file any more: they are done, and it was written anew without them. */
  omitted: number;
  /** Where some of the records start, ascending; the first record is not among them. */
  readonly index: IndexEntry[];
}

export interface IndexEntry {
  readonly sequence: number;
  readonly offset: number;
}

/** A segment without records. */
export function emptySegment(first: number): Segment {
  return { first, end: first, size: SEGMENT_HEADER_BYTES, live: 0, omitted: 0, index: [] };
}

/** Notes where a record starts, if none near it is known. */
export function indexRecord({ index }: Segment, entry: IndexEntry): void {
  const last = index.at(-1)?.offset ?? SEGMENT_HEADER_BYTES;
  if (entry.offset - last >= INDEX_STEP_BYTES) index.push(entry);
}

/** The last known start of a record at or before the sequence. */
export function seek({ index, first }: Segment, sequence: number): IndexEntry {
  let low = 0;
  let high = index.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((index[middle]?.sequence ?? 0) <= sequence) low = middle + 1;
    else high = middle;
  }
  return index[low - 1] ?? { sequence: first, offset: SEGMENT_HEADER_BYTES };
}

/** The name holds the first sequence, so the names alone show which sequences have been used. */
export function segmentName(first: number): string {
  return `${String(first).padStart(16, "0")}.segment`;
}

/** The first sequences of the segments among the names, ascending. */
export function segmentsAmong(names: readonly string[]): number[] {
  return names
    .map((name) => Number(NAME.exec(name)?.[1] ?? 0))
    .filter((first) => Number.isSafeInteger(first) && first > 0)
    .sort((a, b) => a - b);
}

export function encodeSegmentHeader(first: number): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  header.set(MAGIC);
  header.writeUInt16LE(FORMAT_VERSION, 8);
  header.writeUInt16LE(SEGMENT_HEADER_BYTES, 10);
  writeSequence(header, 16, first);
  header.writeUInt32LE(headerChecksum(header), 12);
  return header;
}

/**
 * Returns the version of an intact header, 0 for a damaged one. Every later version must keep magic, version and
 * checksum in their places, and count its version up.
 */
export function segmentVersion(header: Buffer, first: number): number {
  const intact =
    header.length === SEGMENT_HEADER_BYTES &&
    MAGIC.equals(header.subarray(0, MAGIC.length)) &&
    header.readUInt32LE(12) === headerChecksum(header) &&
    readSequence(header, 16) === first;
  return intact ? header.readUInt16LE(8) : 0;
}

function headerChecksum(header: Buffer): number {
  return crc32(Buffer.concat([header.subarray(8, 12), header.subarray(16, SEGMENT_HEADER_BYTES)]));
}
