import type { Answer, Coverage, Evidence, Millis, Range, RangeInput, Scope, UnobservedSpan } from "./common.js";

/** What `slo` takes. Default: the last 30 days. */
export interface SloInput extends Scope, RangeInput {
  readonly objectives?: SloObjectives | undefined;
  /** Points of the burn-down: 2 to 240. Default 60. */
  readonly points?: number | undefined;
}

/** The objectives, in the names and units of `@alumiini/prometheus/rules`. Defaults: ADR-004 section 5. */
export interface SloObjectives {
  readonly syncSuccess?: { readonly objective?: number | undefined } | undefined;
  readonly syncLatency?:
    | { readonly objective?: number | undefined; readonly thresholdMs?: number | undefined }
    | undefined;
  readonly gitFetchLatency?:
    | { readonly objective?: number | undefined; readonly thresholdMs?: number | undefined }
    | undefined;
  readonly applyLatency?:
    | { readonly objective?: number | undefined; readonly thresholdMs?: number | undefined }
    | undefined;
  /** Restarts of one repository's worker in an hour. */
  readonly workerRestarts?: { readonly objective?: number | undefined } | undefined;
}

/** The names of the objectives, in the order of the answer. */
export const SLO_NAMES = [
  "syncSuccess",
  "syncLatency",
  "gitFetchLatency",
  "applyLatency",
  "workerRestarts",
  "workerMemory",
  "cacheHitRate",
] as const;

/** One of {@link SLO_NAMES}. */
export type SloName = (typeof SLO_NAMES)[number];

/** A point of the burn-down. */
export interface SloPoint {
  readonly at: Millis;
  /** What is left of the whole window's budget at this time: 1 is all, below 0 is over. Null where not observed. */
  readonly budgetLeft: number | null;
  readonly good: number;
  readonly total: number;
}

/** One objective. */
export interface SloItem {
  readonly name: SloName;
  /** `budget`: a part of all events must be good. `level`: a value to stay below; it has no budget. */
  readonly kind: "budget" | "level";
  /** `not_measured`: no event in the window carries it (memory and cache hits never do). */
  readonly state: "holds" | "burning_fast" | "spent" | "not_measured";
  /** The part that must be good, or the level. */
  readonly objective: number;
  readonly thresholdMs: number | null;
  /** The part that was good, or the level; null where nothing was measured. */
  readonly value: number | null;
  /** The last of `points`: 1 is all, below 0 is over. Null for levels, and where nothing was measured. */
  readonly budgetLeft: number | null;
  /** The same in events: how many bad ones the objective allows, how many there were. Null as above. */
  readonly allowed: number | null;
  readonly bad: number | null;
  readonly total: number | null;
  /** How many times as fast as sustainable the budget was used at the end of the window; null without events. */
  readonly burnRate: { readonly lastHour: number | null; readonly last6Hours: number | null };
  /** At the rate of the last 6 hours; null where it holds. */
  readonly spentInMs: number | null;
  readonly points: readonly SloPoint[];
  readonly coverage: Coverage;
  readonly evidence: Evidence;
}

/** What `slo` returns. */
export interface SloAnswer extends Answer, Range {
  readonly items: readonly SloItem[];
  readonly notObserved: readonly UnobservedSpan[];
}
