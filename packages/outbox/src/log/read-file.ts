import type { OpenFile } from "../io/file-system.js";
import { type FoundRecord, RecordParser } from "./record.js";

/** Large enough that a read costs little for each record, small enough not to block for long while it is parsed. */
const PIECE_BYTES = 262_144;

/** The unit in which disks fail to read. */
const SECTOR_BYTES = 4096;

/** Reads a range; returns less only where the file ends. What can't be read comes as zeros. */
export async function readFully(file: OpenFile, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  try {
    return bytes.subarray(0, await readUpTo(file, bytes, position));
  } catch {
    // Part of it may be readable. What is not fails its checksum and is counted as damage.
    return readBySectors(file, bytes, position);
  }
}

async function readUpTo(file: OpenFile, into: Buffer, position: number): Promise<number> {
  let filled = 0;
  while (filled < into.length) {
    const count = await file.read(into.subarray(filled), position + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

async function readBySectors(file: OpenFile, into: Buffer, position: number): Promise<Buffer> {
  into.fill(0);
  let offset = 0;
  while (offset < into.length) {
    const left = SECTOR_BYTES - ((position + offset) % SECTOR_BYTES);
    const sector = into.subarray(offset, offset + left);
    try {
      const count = await readUpTo(file, sector, position + offset);
      if (count < sector.length) return into.subarray(0, offset + count);
    } catch {
      sector.fill(0);
    }
    offset += sector.length;
  }
  return into;
}

/** Returns the intact records of a range of a segment's file, piece by piece. The payloads are views of the piece. */
export async function* readRecords(
  file: OpenFile,
  range: { position: number; end: number; expected: number; before: number },
): AsyncGenerator<readonly FoundRecord[], void> {
  const parser = new RecordParser(range);
  while (!parser.finished) {
    const { position } = parser;
    const wanted = Math.min(Math.max(PIECE_BYTES, parser.needed), range.end - position);
    const piece = await readFully(file, position, wanted);
    const found = parser.parse(piece);
    if (found.length > 0) yield found;
    // A file that ends before it should has nothing more to give.
    if (piece.length < wanted || (parser.position === position && parser.needed <= piece.length)) return;
  }
}
