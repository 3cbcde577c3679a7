import { toWire } from "@alumiini/core";
import { at, isObject, textAt, timeAt, wholeAt } from "../intake/json.js";
import { ATTRIBUTES } from "../intake/own-event.js";
import { readEvent } from "../intake/read-event.js";
import type { EventRow } from "./tables.js";

/** What projections need of a row's columns: thousands are remembered, and the garbage collector carries each of them. */
export type EventHead = Pick<
  EventRow,
  | "id"
  | "ts"
  | "event_id"
  | "rank"
  | "source"
  | "type"
  | "sync"
  | "trace"
  | "outcome"
  | "duration_ms"
  | "revision"
  | "environment"
  | "error_type"
  | "subject"
>;

/** What projections need of an event of ours beyond the columns of its row. */
export interface Facts {
  readonly row: EventHead;
  readonly cluster: string;
  readonly namespace: string;
  readonly repo: string;
  readonly trigger: string | null;
  readonly previousRevision: string | null;
  readonly branch: string | null;
  readonly repoUrl: string | null;
  readonly committedAt: number | null;
  readonly resourcesApplied: number | null;
  /** `<Kind>/<namespace>/<name>`, or `<Kind>/<name>`. */
  readonly resources: readonly string[];
  readonly errorMessage: string | null;
  readonly rolloutRef: string | null;
  readonly rework: boolean | null;
  readonly rollback: boolean;
  readonly suspended: boolean | null;
  /** The source's own word for what happened. */
  readonly reason: string | null;
}

/**
 * What a stored row says; undefined for events of other systems.
 *
 * @param known the wire form in the row's body, where the caller has just written it
 */
export function factsOf(row: EventRow, known?: unknown): Facts | undefined {
  const { cluster, namespace, repo } = row;
  if (row.system !== "alumiini" || cluster === null || namespace === null || repo === null) return undefined;
  const wire = known ?? wireOf(row);
  const attributes = at(wire, "attributes");
  const rework = at(attributes, ATTRIBUTES.rework);
  const suspended = at(attributes, ATTRIBUTES.suspended);
  return {
    row: headOf(row),
    cluster,
    namespace,
    repo,
    trigger: textAt(wire, "trigger"),
    previousRevision: textAt(attributes, "alumiini.repo.previous_commit"),
    branch: textAt(wire, "branch"),
    repoUrl: textAt(attributes, "alumiini.repo.url"),
    committedAt: timeAt(attributes, "alumiini.repo.committed_at"),
    resourcesApplied: wholeAt(wire, "resources_applied"),
    resources: resourcesOf(at(attributes, "alumiini.resources")),
    errorMessage: textAt(wire, "error_message"),
    rolloutRef: textAt(attributes, "alumiini.rollout.ref"),
    rework: typeof rework === "boolean" ? rework : null,
    rollback: at(attributes, ATTRIBUTES.rollback) === true,
    suspended: typeof suspended === "boolean" ? suspended : null,
    reason: textAt(attributes, ATTRIBUTES.reason),
  };
}

function headOf(row: EventRow): EventHead {
  return {
    id: row.id,
    ts: row.ts,
    event_id: row.event_id,
    rank: row.rank,
    source: row.source,
    type: row.type,
    sync: row.sync,
    trace: row.trace,
    outcome: row.outcome,
    duration_ms: row.duration_ms,
    revision: row.revision,
    environment: row.environment,
    error_type: row.error_type,
    subject: row.subject,
  };
}

/** The wire form within a row's body. The own form was normalised when it was stored, so it need not be checked again. */
function wireOf(row: EventRow): unknown {
  const body: unknown = JSON.parse(row.body);
  if (row.form === "alumiini") return body;
  const read = readEvent(body);
  return read.ok && read.event.own !== undefined ? toWire(read.event.own) : undefined;
}

function resourcesOf(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown) => {
    if (!isObject(item)) return [];
    const kind = textAt(item, "kind");
    const name = textAt(item, "name");
    const namespace = textAt(item, "namespace");
    if (kind === null || name === null) return [];
    return namespace === null ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
  });
}

/**
 * Each event once, in its richest form, oldest first. The order of `rows` has no influence, and neither has the same row
 * given twice.
 */
export function distinct(rows: Iterable<Facts>): Facts[] {
  const best = new Map<string, Facts>();
  for (const facts of rows) {
    const found = best.get(facts.row.event_id);
    if (found === undefined || isRicher(facts.row, found.row)) best.set(facts.row.event_id, facts);
  }
  return [...best.values()].sort((a, b) => compare(a.row.ts, b.row.ts) || compare(a.row.event_id, b.row.event_id));
}

function isRicher(a: EventHead, b: EventHead): boolean {
  return a.rank === b.rank ? a.id < b.id : a.rank < b.rank;
}

/** Numbers by size, texts by code units. */
export function compare<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
