import { join } from "node:path";
import type { FileSystem } from "../io/file-system.js";
import { replaceFile } from "../replace-file.js";
import { crc32 } from "./crc32.js";
import { readFully } from "./read-file.js";
import { readSequence, writeSequence } from "./record.js";
import { FORMAT_VERSION } from "./segment.js";
import { PAGE_BYTES, SequenceSet } from "./sequence-set.js";

export const CHECKPOINT_NAME = "checkpoint";

/** Magic (8 bytes), version (2), unused (2), CRC-32 of what follows (4), number of pages (4); then the pages. */
const HEADER_BYTES = 20;
const ENTRY_BYTES = 8 + PAGE_BYTES;
const MAGIC = Buffer.from("ALUMICKP", "latin1");

/** What a checkpoint said, or why it says nothing. */
export type Checkpoint =
  | { readonly kind: "intact"; readonly done: SequenceSet; readonly bytes: number }
  | { readonly kind: "missing" | "damaged" }
  | { readonly kind: "newer"; readonly version: number };

/** Writes down which records are done. It replaces the last checkpoint as a whole or not at all. Answers its size. */
export async function writeCheckpoint(fileSystem: FileSystem, directory: string, done: SequenceSet): Promise<number> {
  const content = encodeCheckpoint(done);
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

export function encodeCheckpoint(done: SequenceSet): Buffer {
  const content = Buffer.alloc(HEADER_BYTES + done.pageCount * ENTRY_BYTES);
  content.set(MAGIC);
  content.writeUInt16LE(FORMAT_VERSION, 8);
  content.writeUInt32LE(done.pageCount, 16);
  let offset = HEADER_BYTES;
  for (const [index, bits] of done.pages()) {
    writeSequence(content, offset, index);
    content.set(bits, offset + 8);
    offset += ENTRY_BYTES;
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
  if (content.length !== HEADER_BYTES + pages * ENTRY_BYTES) return { kind: "damaged" };
  const done = new SequenceSet();
  for (let offset = HEADER_BYTES; offset < content.length; offset += ENTRY_BYTES) {
    done.setPage(readSequence(content, offset), content.subarray(offset + 8, offset + ENTRY_BYTES));
  }
  return { kind: "intact", done, bytes: content.length };
}

/** Of version and content: a version whose bits have turned is damage, not a newer version. */
function checksum(content: Buffer): number {
  return crc32(Buffer.concat([content.subarray(8, 12), content.subarray(16)]));
}
