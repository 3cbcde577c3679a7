import type { ForeignResult } from "./foreign-event.js";
import { objectAt, pick } from "./json.js";
import { read, readCommon, withData } from "./read.js";

/**
 * Reads a FALSE occurrence of TAPIO, POLKU, KULTA or NOPEA, or one that `occurrence()` made, alone or in a structured
 * CloudEvent: from JSON text (at most 4 Mi characters) or from what `JSON.parse` made of it. Only an id, a time and a type
 * are required; other fields may be missing, and are left out where they have the wrong kind. Never throws; takes time
 * and memory linear in the input.
 *
 * @example
 * ```ts
 * import { parseOccurrence } from "@alumiini/tapio";
 *
 * const result = parseOccurrence('{"id":"01J","timestamp":"2026-03-27T14:23:01Z","type":"kernel.container.oom_kill"}');
 * if (result.ok) console.log(result.event.type, result.event.outcome);
 * else console.error(result.error.path, result.error.message);
 * ```
 */
export function parseOccurrence(json: unknown): ForeignResult {
  return read(json, (value) =>
    withData(readCommon(value, objectAt(value, "context"), objectAt(value, "data")), pick(value, "data")),
  );
}
