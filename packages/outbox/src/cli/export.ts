import { decodeAccepted } from "@alumiini/delivery";
import type { StoredRecord } from "../inspection.js";

/** A line of an export. A body that is no UTF-8 text is in `bodyBase64`, a record that is no message in `recordBase64`. */
export type ExportedRecord = Readonly<Record<string, unknown>>;

/** Returns a record as it is exported. */
export function toExported(record: StoredRecord): ExportedRecord {
  const about =
    record.kind === "pending"
      ? { kind: record.kind, sequence: record.sequence }
      : { kind: record.kind, reason: record.reason, error: record.error, time: toTime(record.time) };
  const accepted = decodeAccepted(record.payload);
  if (accepted === undefined) return { ...about, recordBase64: Buffer.from(record.payload).toString("base64") };
  const { message, acceptedAt } = accepted;
  const { id, key, destination, headers, body } = message;
  // Of a dead letter only the time at which it was given up is known.
  const acceptance = record.kind === "pending" && acceptedAt !== undefined ? { acceptedAt: toTime(acceptedAt) } : {};
  return { ...about, id, key, destination, headers, ...acceptance, ...toBody(body) };
}

function toBody(body: Uint8Array): ExportedRecord {
  try {
    return { body: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body) };
  } catch {
    // Binary content.
    return { bodyBase64: Buffer.from(body).toString("base64") };
  }
}

function toTime(milliseconds: number): string | number {
  const time = new Date(milliseconds);
  return Number.isNaN(time.getTime()) ? milliseconds : time.toISOString();
}
