import { redactText } from "@alumiini/core";
import type { EventRow } from "../projections/tables.js";
import type { Row } from "../store/table.js";
import { wellFormed } from "./json.js";
import type { ReadEvent, RefusedReason } from "./own-event.js";

/** Characters of a dead letter that are kept. */
const SAMPLE = 2_000;

/** The row of an event. The store gives it its `seq`. */
export function rowOf(event: ReadEvent, receivedAt: number): EventRow {
  return {
    id: `${event.form}:${event.messageId}`,
    ts: event.ts,
    received_at: receivedAt,
    seq: 0,
    event_id: event.eventId,
    form: event.form,
    rank: event.rank,
    system: event.system,
    source: event.source,
    type: event.type,
    cluster: event.cluster,
    namespace: event.namespace,
    repo: event.repo,
    sync: event.sync,
    trace: event.trace,
    outcome: event.outcome,
    severity: event.severity,
    duration_ms: event.durationMs,
    revision: event.revision,
    environment: event.environment,
    error_type: event.errorType,
    subject: event.subject,
    body: JSON.stringify(event.body),
  };
}

/** What is known of a message that could not be read. */
export interface Refused {
  readonly reason: RefusedReason;
  readonly message: string;
  /** Names the stream or the door that it came through. */
  readonly source: string;
  readonly sequence: number | null;
  readonly receivedAt: number;
  readonly value: unknown;
}

/**
 * The row of a dead letter: the same for the same text of the same message, so that a retry stores it once. One message
 * may hold several events, and sequences start over where a stream is made again.
 */
export function deadLetterOf({ reason, message, source, sequence, receivedAt, value }: Refused): Row {
  const text = textOf(value);
  const place = sequence === null ? hash(text) : `${sequence}:${hash(text)}`;
  return {
    id: `${source.slice(0, 460)}:${place}`,
    received_at: receivedAt,
    source,
    sequence,
    reason,
    message: wellFormed(redactText(message)).slice(0, 500),
    // Cut first, for it may be huge; a secret at the cut must still be whole.
    sample: wellFormed(redactText(text.slice(0, SAMPLE + 1_300))).slice(0, SAMPLE),
    bytes: new TextEncoder().encode(text).length,
  };
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return "(can't be written as JSON)";
  }
}

/** 53 bits that spread well (cyrb53): no secret, and withstands no attack. */
function hash(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(16);
}
