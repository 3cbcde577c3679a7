import type { ColumnType, Value } from "../table.js";

const OIDS = { text: 25, bigint: 20, double: 701, boolean: 16 } as const satisfies Record<ColumnType, number>;
/** Number of dimensions, whether there are nulls, type; then length and first index of the one dimension. */
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;
const TWO_32 = 2 ** 32;

/**
 * A list as PostgreSQL's binary array: `pg` writes arrays as text, each element quoted, which takes three times as long
 * and has to be parsed again by the server. Cells have been checked against their type.
 */
export function binaryArray(type: ColumnType, cells: readonly Value[]): Buffer {
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + mostBytes(cells));
  if (cells.length === 0) {
    buffer.fill(0).writeInt32BE(OIDS[type], 8);
    return buffer.subarray(0, 12);
  }
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(cells.includes(null) ? 1 : 0, 4);
  buffer.writeInt32BE(OIDS[type], 8);
  buffer.writeInt32BE(cells.length, 12);
  buffer.writeInt32BE(1, 16);
  let at = HEADER_BYTES;
  for (const cell of cells) {
    const bytes = cell === null ? NULL_LENGTH : writeCell(buffer, at + LENGTH_BYTES, type, cell);
    buffer.writeInt32BE(bytes, at);
    at += LENGTH_BYTES + Math.max(bytes, 0);
  }
  return buffer.subarray(0, at);
}

function writeCell(buffer: Buffer, at: number, type: ColumnType, cell: string | number | boolean): number {
  if (typeof cell === "string") return buffer.write(cell, at);
  if (typeof cell === "boolean") return buffer.writeInt8(cell ? 1 : 0, at) - at;
  if (type === "double") return buffer.writeDoubleBE(cell, at) - at;
  buffer.writeInt32BE(Math.floor(cell / TWO_32), at);
  return buffer.writeUInt32BE(cell >>> 0, at + 4) - at;
}

/** A UTF-16 unit takes at most 3 bytes of UTF-8. */
function mostBytes(cells: readonly Value[]): number {
  let bytes = 0;
  for (const cell of cells) bytes += LENGTH_BYTES + (typeof cell === "string" ? 3 * cell.length : 8);
  return bytes;
}
