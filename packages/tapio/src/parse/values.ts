import { LIMITS } from "@alumiini/core";
import { TAPIO_OUTCOMES, TAPIO_SEVERITIES } from "../model/vocabulary.js";
import type { ForeignEvent } from "./foreign-event.js";
import { isObject, type JsonObject, wholeAt } from "./json.js";

/** The unit of a number follows from its size: seconds to nanoseconds don't overlap for times from 1973 to 5138. */
const UNITS = [
  { least: 1e17, perMs: 1e6 },
  { least: 1e14, perMs: 1e3 },
  { least: 1e11, perMs: 1 },
  { least: 1e8, perMs: 1e-3 },
] as const;
const DATE_TIME = /^\d{4}-\d\d-\d\d[T ][\d:.]{5,40}(?:Z|[+-]\d\d:?\d\d)$/i;

/** RFC 3339 with any number of digits, or a number in any usual unit; whole milliseconds from 1970 on. */
export function timeOf(value: unknown): number | undefined {
  let time = Number.NaN;
  if (typeof value === "string" && DATE_TIME.test(value)) time = Date.parse(value.replace(/(\.\d{3})\d+/, "$1"));
  if (typeof value === "number") {
    const unit = UNITS.find(({ least }) => value >= least);
    time = unit === undefined ? Number.NaN : value / unit.perMs;
  }
  // Of Protocol Buffers as some libraries print them.
  if (isObject(value)) time = (wholeAt(value, LIMITS.instant, "seconds") ?? Number.NaN) * 1000 + nanosOf(value) / 1e6;
  // Seconds with a fraction are not exact: a millisecond may come out just below itself.
  const whole = Math.floor(time + 0.001);
  return whole >= 0 && whole <= LIMITS.instant ? whole : undefined;
}

function nanosOf(value: JsonObject): number {
  return wholeAt(value, 999_999_999, "nanos") ?? 0;
}

export function severityOf(value: unknown): ForeignEvent["severity"] {
  const word = enumWord(value, TAPIO_SEVERITIES);
  switch (word) {
    case "debug":
    case "warning":
    case "error":
    case "critical":
      return word;
    case "warn":
      return "warning";
    case "fatal":
      return "critical";
    default:
      return "info";
  }
}

export function outcomeOf(value: unknown): ForeignEvent["outcome"] {
  const word = enumWord(value, TAPIO_OUTCOMES);
  switch (word) {
    case "success":
    case "failure":
    case "timeout":
      return word;
    // TAPIO and POLKU write it differently.
    case "in_progress":
    case "inprogress":
      return "in_progress";
    default:
      return "unknown";
  }
}

/** A word, a word with a prefix as `SEVERITY_ERROR`, or its number in AHTI's contract. */
export function enumWord(value: unknown, words: readonly string[]): string | undefined {
  if (typeof value === "number") return words[value];
  if (typeof value !== "string" || value.length > LIMITS.identifier) return undefined;
  return value.replace(/^(?:EVENT_TYPE|SEVERITY|OUTCOME|ENTITY_TYPE|RELATIONSHIP_TYPE)_/, "").toLowerCase();
}
