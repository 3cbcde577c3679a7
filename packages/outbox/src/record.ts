import { crc32 } from "./crc32.js";

/** A record is: payload length (4 bytes), CRC-32 of what follows (4), sequence (8), payload. All little-endian. */
export const RECORD_HEADER_BYTES = 16;

const HIGH = 2 ** 32;

/** A record that was found intact. */
export interface FoundRecord {
  readonly sequence: number;
  /** Where it starts in its file. */
  readonly offset: number;
  /** A view of the bytes that were parsed. */
  readonly payload: Uint8Array;
}

/** Writes a record at `offset`; the buffer must have room for the header and the payload. */
export function writeRecord(buffer: Buffer, offset: number, sequence: number, payload: Uint8Array): void {
  const end = offset + RECORD_HEADER_BYTES + payload.length;
  buffer.writeUInt32LE(payload.length, offset);
  writeSequence(buffer, offset + 8, sequence);
  buffer.set(payload, offset + RECORD_HEADER_BYTES);
  buffer.writeUInt32LE(crc32(buffer.subarray(offset + 8, end)), offset + 4);
}

/** A sequence is a safe integer: the high bytes hold at most 21 bits. */
export function writeSequence(buffer: Buffer, offset: number, sequence: number): void {
  buffer.writeUInt32LE(sequence % HIGH, offset);
  buffer.writeUInt32LE(Math.floor(sequence / HIGH), offset + 4);
}

/** May answer what is no safe integer, where the bytes are damaged. */
export function readSequence(buffer: Buffer, offset: number): number {
  return buffer.readUInt32LE(offset) + buffer.readUInt32LE(offset + 4) * HIGH;
}

/**
 * Finds the records of a segment in its bytes, which come in pieces. Sequences within a segment have no gaps, so a gap
 * tells how many records damage has taken. After damage it looks for the next intact record byte by byte, since a
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

  /** Answers the intact records in a piece, and moves `position` behind what has been dealt with. */
  parse(piece: Buffer): FoundRecord[] {
    const found: FoundRecord[] = [];
    const start = this.position;
    let offset = 0;
    this.needed = RECORD_HEADER_BYTES;
    while (offset + RECORD_HEADER_BYTES <= piece.length && this.expected < this.#before) {
      const sequence = readSequence(piece, offset + 8);
      const next = offset + RECORD_HEADER_BYTES + piece.readUInt32LE(offset);
      if (this.#isPlausible(sequence) && start + next <= this.#end) {
        if (next > piece.length) {
          this.needed = next - offset;
          break;
        }
        if (crc32(piece.subarray(offset + 8, next)) === piece.readUInt32LE(offset + 4)) {
          found.push({ sequence, offset: start + offset, payload: piece.subarray(offset + RECORD_HEADER_BYTES, next) });
          this.expected = sequence + 1;
          this.#skipped = 0;
          offset = next;
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
