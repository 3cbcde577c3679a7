import { join } from "node:path";
import { crc32 } from "node:zlib";
import { type FileSystem, replaceFile } from "../io/file-system.js";
import { readFully } from "./read-file.js";
import { readSequence, writeSequence } from "./record.js";
import { FORMAT_VERSION, type Segment } from "./segment.js";
import { PAGE_BYTES, SequenceSet } from "./sequence-set.js";

const CHECKPOINT_NAME = "checkpoint";

/** Magic (8 bytes), version (2), unused (2), CRC-32 of what follows (4), number of pages (4) and of segments (4). */
const HEADER_BYTES = 24;
/** First sequence (8), the sequence behind the last record (8), size (8). */
const SEGMENT_BYTES = 24;
const PAGE_ENTRY_BYTES = 8 + PAGE_BYTES;
const MAGIC = Buffer.from("ALUMICKP", "latin1");

/** A segment that was complete. If it is missing or shorter later, records are lost. */
export type ListedSegment = Pick<Segment, "first" | "end" | "size">;

/** What a checkpoint said, or why it says nothing. */
export type Checkpoint =
  | {
      readonly kind: "intact";
      readonly done: SequenceSet;
      readonly segments: readonly ListedSegment[];
      readonly bytes: number;
    }
  | { readonly kind: "missing" | "damaged" }
  | { readonly kind: "newer"; readonly version: number };

/**
 * Writes down which records are done and which segments are complete. It replaces the last checkpoint as a whole or not
 * at all. Returns its size.
 */
export async function writeCheckpoint(
  fileSystem: FileSystem,
  directory: string,
  done: SequenceSet,
  segments: readonly ListedSegment[],
): Promise<number> {
  const content = encodeCheckpoint(done, segments);
  await replaceFile(fileSystem, directory, CHECKPOINT_NAME, [content]);
  await fileSystem.syncDirectory(directory);
  return content.length;
}

export async function readCheckpoint(
  fileSystem: FileSystem,
  directory: string,
  names: readonly string[],
): Promise<Checkpoint> {
  if (!names.includes(CHECKPOINT_NAME)) return { kind: "missing" };
  const file = await fileSystem.open(join(directory, CHECKPOINT_NAME));
  try {
    return decodeCheckpoint(await readFully(file, 0, await file.size()));
  } finally {
    await file.close();
  }
}

export function encodeCheckpoint(done: SequenceSet, segments: readonly ListedSegment[]): Buffer {
  const content = Buffer.alloc(sizeOf(segments.length, done.pageCount));
  content.set(MAGIC);
  content.writeUInt16LE(FORMAT_VERSION, 8);
  content.writeUInt32LE(done.pageCount, 16);
  content.writeUInt32LE(segments.length, 20);
  let offset = HEADER_BYTES;
  for (const { first, end, size } of segments) {
    for (const [at, value] of [first, end, size].entries()) writeSequence(content, offset + 8 * at, value);
    offset += SEGMENT_BYTES;
  }
  for (const [index, bits] of done.pages()) {
    writeSequence(content, offset, index);
    content.set(bits, offset + 8);
    offset += PAGE_ENTRY_BYTES;
  }
  content.writeUInt32LE(checksum(content), 12);
  return content;
}

export function decodeCheckpoint(content: Buffer): Checkpoint {
  if (content.length < HEADER_BYTES || !MAGIC.equals(content.subarray(0, MAGIC.length))) return { kind: "damaged" };
  if (content.readUInt32LE(12) !== checksum(content)) return { kind: "damaged" };
  const version = content.readUInt16LE(8);
  if (version > FORMAT_VERSION) return { kind: "newer", version };
  const pages = content.readUInt32LE(16);
  const count = content.readUInt32LE(20);
  if (content.length !== sizeOf(count, pages)) return { kind: "damaged" };
  const segments: ListedSegment[] = [];
  let offset = HEADER_BYTES;
  for (; segments.length < count; offset += SEGMENT_BYTES) {
    segments.push({
      first: readSequence(content, offset),
      end: readSequence(content, offset + 8),
      size: readSequence(content, offset + 16),
    });
  }
  const done = new SequenceSet();
  for (; offset < content.length; offset += PAGE_ENTRY_BYTES) {
    done.setPage(readSequence(content, offset), content.subarray(offset + 8, offset + PAGE_ENTRY_BYTES));
  }
  return { kind: "intact", done, segments, bytes: content.length };
}

function sizeOf(segments: number, pages: number): number {
  return HEADER_BYTES + segments * SEGMENT_BYTES + pages * PAGE_ENTRY_BYTES;
}

/** Of version and content: a version whose bits have turned is damage, not a newer version. */
function checksum(content: Buffer): number {
  return crc32(Buffer.concat([content.subarray(8, 12), content.subarray(16)]));
}
