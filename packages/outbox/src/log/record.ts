import { crc32 } from "node:zlib";

/** A record is: payload length (4 bytes), CRC-32 of what follows (4), sequence (8), payload. All little-endian. */
export const RECORD_HEADER_BYTES = 16;
/** In place of a length: no record but a gap, from its sequence up to, but without, the one that follows (8). */
const GAP = 0xffff_ffff;
const GAP_BYTES = 24;

const HIGH = 2 ** 32;

/** A record that was found intact, or a gap where records were that are done. */
export interface FoundRecord {
  readonly sequence: number;
  /** The sequence behind it. */
  readonly next: number;
  /** Where it starts in its file, and where it ends. */
  readonly offset: number;
  readonly end: number;
  /** A view of the bytes that were parsed; absent in a gap. */
  readonly payload: Uint8Array | undefined;
}

/** Writes a record at `offset`; the buffer must have room for the header and the payload. */
export function writeRecord(buffer: Buffer, offset: number, sequence: number, payload: Uint8Array): void {
  const end = offset + RECORD_HEADER_BYTES + payload.length;
  buffer.writeUInt32LE(payload.length, offset);
  writeSequence(buffer, offset + 8, sequence);
  buffer.set(payload, offset + RECORD_HEADER_BYTES);
  buffer.writeUInt32LE(crc32(buffer.subarray(offset + 8, end)), offset + 4);
}

/** A record by itself. */
export function encodeRecord(sequence: number, payload: Uint8Array): Buffer {
  const record = Buffer.allocUnsafe(RECORD_HEADER_BYTES + payload.length);
  writeRecord(record, 0, sequence, payload);
  return record;
}

/** What stands for the done records from `from` up to, but without, `to`. */
export function encodeGap(from: number, to: number): Buffer {
  const gap = Buffer.allocUnsafe(GAP_BYTES);
  gap.writeUInt32LE(GAP, 0);
  writeSequence(gap, 8, from);
  writeSequence(gap, 16, to);
  gap.writeUInt32LE(crc32(gap.subarray(8)), 4);
  return gap;
}

/** A sequence is a safe integer: the high bytes hold at most 21 bits. */
export function writeSequence(buffer: Buffer, offset: number, sequence: number): void {
  buffer.writeUInt32LE(sequence % HIGH, offset);
  buffer.writeUInt32LE(Math.floor(sequence / HIGH), offset + 4);
}

/** May return what is no safe integer, where the bytes are damaged. */
export function readSequence(buffer: Buffer, offset: number): number {
  return buffer.readUInt32LE(offset) + buffer.readUInt32LE(offset + 4) * HIGH;
}

/**
 * Finds the records of a segment in its bytes, which come in pieces. Every sequence within a segment has its record or
 * belongs to a gap, so what is missing tells how many records damage has taken. After damage it looks for the next intact record byte by byte, since a
 * damaged length can't be trusted.
 */
export class RecordParser {
  /** The sequence that comes next. */
  expected: number;
  /** Where in the file the next piece must start. */
  position: number;
  /** How many bytes the next piece must have, unless the file ends. */
  needed = RECORD_HEADER_BYTES;

  readonly #before: number;
  readonly #end: number;
  #skipped = 0;

  /** Looks from `position` up to the offset `end` for the sequences from `expected` up to, but without, `before`. */
  constructor(range: { position: number; end: number; expected: number; before: number }) {
    this.position = range.position;
    this.expected = range.expected;
    this.#end = range.end;
    this.#before = range.before;
  }

  /** Whether no further record can be found. */
  get finished(): boolean {
    return this.expected >= this.#before || this.position + RECORD_HEADER_BYTES > this.#end;
  }

  /** Returns the intact records in a piece, and moves `position` behind what has been dealt with. */
  parse(piece: Buffer): FoundRecord[] {
    const found: FoundRecord[] = [];
    const start = this.position;
    let offset = 0;
    this.needed = RECORD_HEADER_BYTES;
    while (offset + RECORD_HEADER_BYTES <= piece.length && this.expected < this.#before) {
      const sequence = readSequence(piece, offset + 8);
      const length = piece.readUInt32LE(offset);
      const end = offset + (length === GAP ? GAP_BYTES : RECORD_HEADER_BYTES + length);
      if (this.#isPlausible(sequence) && start + end <= this.#end) {
        if (end > piece.length) {
          this.needed = end - offset;
          break;
        }
        if (crc32(piece.subarray(offset + 8, end)) === piece.readUInt32LE(offset + 4)) {
          const payload = length === GAP ? undefined : piece.subarray(offset + RECORD_HEADER_BYTES, end);
          const next = length === GAP ? readSequence(piece, offset + RECORD_HEADER_BYTES) : sequence + 1;
          found.push({ sequence, next, offset: start + offset, end: start + end, payload });
          this.expected = next;
          this.#skipped = 0;
          offset = end;
          continue;
        }
      }
      offset++;
      this.#skipped++;
    }
    this.position = start + offset;
    return found;
  }

  /** Damage of so many bytes can't have taken more records than fit into them. */
  #isPlausible(sequence: number): boolean {
    const lost = sequence - this.expected;
    return lost >= 0 && lost <= this.#skipped / RECORD_HEADER_BYTES && sequence < this.#before;
  }
}
