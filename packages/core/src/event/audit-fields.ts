import { nearestOf } from "../adapter/options.js";
import type { AnyFields } from "./event.js";
import { type EventType, type FieldNameOf, rowOf } from "./taxonomy.js";

/**
 * What a caller in plain JavaScript may get wrong and the compiler refuses:
 * - `missing`: the type needs it.
 * - `unknown`: the type has no such field, or it is misspelt.
 * - `contradictory`: it says something else than the event's type.
 */
export type FieldProblem = "missing" | "unknown" | "contradictory";

/** Called for each fault; `nearest` is the field that a misspelt one most likely means. */
type OnFault = (path: string, problem: FieldProblem, nearest?: string) => void;

/** What every event may have, and `emit` takes. */
const COMMON: Readonly<Record<Exclude<keyof AnyFields, FieldNameOf<EventType>> | "severity" | "outcome", true>> = {
  repoName: true,
  namespace: true,
  trigger: true,
  commit: true,
  committedAt: true,
  branch: true,
  repoUrl: true,
  repoPath: true,
  syncId: true,
  previousCommit: true,
  rolloutRef: true,
  traceId: true,
  spanId: true,
  attributes: true,
  severity: true,
  outcome: true,
};

/**
 * Looks for what the compiler refuses and a caller in plain JavaScript may do: fields that are missing, and fields that
 * the type does not have.
 */
export function auditFields(type: EventType, fields: Readonly<Record<string, unknown>>, onFault: OnFault): void {
  const row = rowOf(type);
  for (const name of row.required) if (isAbsent(fields[name])) onFault(name, "missing");
  auditNames(fields, [...Object.keys(COMMON), ...row.fields], onFault);
}

/** Looks for fields that have none of the names. */
export function auditNames(
  fields: Readonly<Record<string, unknown>>,
  names: readonly string[],
  onFault: OnFault,
): void {
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && !names.includes(name)) onFault(name, "unknown", nearestOf(name, names));
  }
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}
