import { group, type OptionRule, type OptionRules, readOptions, value, wholeNumber } from "@alumiini/core/adapter";
import { type DurationUnit, METRICS, type MetricDefinition, type MetricName } from "@alumiini/core/metrics";

/** An objective over operations: this part of them is to finish within the threshold. */
export interface LatencySlo {
  /** Part of all operations: more than 0, less than 1. */
  readonly objective: number;
  /** Milliseconds; must be a bucket bound of the metric. */
  readonly thresholdMs: number;
  /** The p99, in milliseconds, above which the threshold alert fires; must be a bound with a finite one above it. */
  readonly alertAboveMs: number;
}

/** An objective over operations: this part of them is to succeed. */
export interface RatioSlo {
  /** Part of all operations: more than 0, less than 1. */
  readonly objective: number;
  /** The part below which the threshold alert fires. */
  readonly alertBelow: number;
}

/** An objective for a level, with the level at which the alert fires. */
export interface LevelSlo {
  readonly objective: number;
  readonly alertAbove: number;
}

/** The objectives of ADR-004 section 5, and the thresholds of what is alerted on besides. */
export interface Slos {
  /** ADR: p99 < 30 s, alert > 60 s. */
  readonly syncLatency: LatencySlo;
  /** ADR: > 99 %, alert < 95 %. */
  readonly syncSuccess: RatioSlo;
  /** ADR: p99 < 10 s, alert > 30 s. */
  readonly gitFetchLatency: LatencySlo;
  /** ADR: p99 < 5 s, alert > 10 s. */
  readonly applyLatency: LatencySlo;
  /** Restarts of one repository's worker in an hour. ADR: < 1, alert > 3. */
  readonly workerRestarts: LevelSlo;
  /** Bytes that one repository's worker holds. ADR: < 50 MB, alert > 100 MB. */
  readonly workerMemory: LevelSlo;
  /** ADR: > 80 %, alert < 60 %. */
  readonly cacheHitRate: RatioSlo;
  /** Seconds without a successful sync after which a repository is stale: a whole number, as are the next two. */
  readonly staleAfterSeconds: number;
  /** Seconds after which a sync under way is stuck. */
  readonly stuckAfterSeconds: number;
  /** Seconds for which a repository has to be out of sync, or to have drifted, to be reported: a whole number. */
  readonly outOfSyncAfterSeconds: number;
  /** Failed syncs of a repository, with no successful one between them, that make it a failing one. */
  readonly failingSyncs: number;
  /** Days for which an installation that has no metrics any more is missed: a whole number. */
  readonly missForDays: number;
  /** The part of a sink's deliveries that may fail. */
  readonly sinkFailures: number;
}

/** Values to put in place of ADR-004's. */
export type SloOverrides = { readonly [K in keyof Slos]?: Slos[K] extends number ? number : Partial<Slos[K]> };

/** ADR-004 section 5. */
export const DEFAULT_SLOS: Slos = {
  syncLatency: { objective: 0.99, thresholdMs: 30_000, alertAboveMs: 60_000 },
  syncSuccess: { objective: 0.99, alertBelow: 0.95 },
  gitFetchLatency: { objective: 0.99, thresholdMs: 10_000, alertAboveMs: 30_000 },
  applyLatency: { objective: 0.99, thresholdMs: 5000, alertAboveMs: 10_000 },
  workerRestarts: { objective: 1, alertAbove: 3 },
  workerMemory: { objective: 50e6, alertAbove: 100e6 },
  cacheHitRate: { objective: 0.8, alertBelow: 0.6 },
  staleAfterSeconds: 3600,
  stuckAfterSeconds: 900,
  outOfSyncAfterSeconds: 3600,
  failingSyncs: 3,
  missForDays: 14,
  sinkFailures: 0.05,
};

/**
 * Returns ADR-004's objectives with the values that differ.
 *
 * @throws {OptionError} for an unknown name, and for a value that no rule could be right with: a part that is none, or a
 * threshold without a bucket bound at it, which Prometheus could only guess at.
 *
 * @example
 * ```ts
 * import { defineSlos, ruleGroups } from "@alumiini/prometheus/rules";
 *
 * const slos = defineSlos({ syncLatency: { thresholdMs: 60_000, alertAboveMs: 120_000 }, staleAfterSeconds: 7200 });
 * const groups = ruleGroups({ slos });
 * ```
 */
export function defineSlos(overrides: SloOverrides = {}): Slos {
  return readSlos(overrides);
}

/** Reads objectives that came from outside, such as a file; see {@link defineSlos}. */
export function readSlos(overrides: unknown): Slos {
  return readOptions("defineSlos", overrides, RULES);
}

/** The bucket bounds of a histogram of the catalogue, in the unit that its entry has. */
function boundsOf(metric: MetricName): readonly number[] {
  const definitions: readonly MetricDefinition[] = METRICS;
  const definition = definitions.find(({ name }) => name === metric);
  return definition?.kind === "histogram" ? definition.buckets : [];
}

/** The name that a metric of the catalogue has with durations in the unit. */
export function nameIn(unit: DurationUnit, metric: MetricName): string {
  return unit === "seconds" ? metric.replace(/_milliseconds$/, "_seconds") : metric;
}

function part(fallback: number): OptionRule<number> {
  const isPart = (given: unknown): given is number => typeof given === "number" && given > 0 && given < 1;
  return value("a number above 0 and below 1", isPart, fallback);
}

function positive(fallback: number): OptionRule<number> {
  const isPositive = (given: unknown): given is number => Number.isFinite(given) && Number(given) > 0;
  return value("a number above 0", isPositive, fallback);
}

/** What Prometheus can say of a histogram without guessing: whether something was within one of its bounds. */
function bound(metric: MetricName, which: "any" | "below the last", fallback: number): OptionRule<number> {
  const bounds = which === "any" ? boundsOf(metric) : boundsOf(metric).slice(0, -1);
  const isBound = (given: unknown): given is number => typeof given === "number" && bounds.includes(given);
  const not = which === "any" ? "" : ", but the last,";
  return value(`one of the bucket bounds${not} of ${metric}: ${bounds.join(", ")}`, isBound, fallback);
}

function atLeastOne(fallback: number): OptionRule<number> {
  return wholeNumber(1, Number.MAX_SAFE_INTEGER, fallback);
}

function latency(metric: MetricName, { objective, thresholdMs, alertAboveMs }: LatencySlo) {
  return group({
    objective: part(objective),
    thresholdMs: bound(metric, "any", thresholdMs),
    alertAboveMs: bound(metric, "below the last", alertAboveMs),
  });
}

const D = DEFAULT_SLOS;
const RULES = {
  syncLatency: latency("alumiini_sync_duration_milliseconds", D.syncLatency),
  syncSuccess: group({ objective: part(D.syncSuccess.objective), alertBelow: part(D.syncSuccess.alertBelow) }),
  gitFetchLatency: latency("alumiini_git_duration_milliseconds", D.gitFetchLatency),
  applyLatency: latency("alumiini_apply_duration_milliseconds", D.applyLatency),
  workerRestarts: group({
    objective: positive(D.workerRestarts.objective),
    alertAbove: positive(D.workerRestarts.alertAbove),
  }),
  workerMemory: group({
    objective: positive(D.workerMemory.objective),
    alertAbove: positive(D.workerMemory.alertAbove),
  }),
  cacheHitRate: group({ objective: part(D.cacheHitRate.objective), alertBelow: part(D.cacheHitRate.alertBelow) }),
  staleAfterSeconds: atLeastOne(D.staleAfterSeconds),
  stuckAfterSeconds: atLeastOne(D.stuckAfterSeconds),
  outOfSyncAfterSeconds: atLeastOne(D.outOfSyncAfterSeconds),
  failingSyncs: atLeastOne(D.failingSyncs),
  sinkFailures: part(D.sinkFailures),
  missForDays: atLeastOne(D.missForDays),
} satisfies OptionRules & { readonly [K in keyof Slos]: OptionRule<Slos[K]> };
