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
  /** Failed syncs of a repository in 30 minutes, without a successful one, that make it a failing one. */
  readonly failingSyncs: number;
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
  failingSyncs: 3,
  sinkFailures: 0.05,
};

/**
 * Returns ADR-004's objectives with the values that differ.
 *
 * @throws {RangeError} for a value that no rule could be right with: a part that is none, or a threshold without a
 * bucket bound at it, which Prometheus could only guess at.
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
  const d = DEFAULT_SLOS;
  const slos: Slos = {
    syncLatency: { ...d.syncLatency, ...overrides.syncLatency },
    syncSuccess: { ...d.syncSuccess, ...overrides.syncSuccess },
    gitFetchLatency: { ...d.gitFetchLatency, ...overrides.gitFetchLatency },
    applyLatency: { ...d.applyLatency, ...overrides.applyLatency },
    workerRestarts: { ...d.workerRestarts, ...overrides.workerRestarts },
    workerMemory: { ...d.workerMemory, ...overrides.workerMemory },
    cacheHitRate: { ...d.cacheHitRate, ...overrides.cacheHitRate },
    staleAfterSeconds: overrides.staleAfterSeconds ?? d.staleAfterSeconds,
    stuckAfterSeconds: overrides.stuckAfterSeconds ?? d.stuckAfterSeconds,
    failingSyncs: overrides.failingSyncs ?? d.failingSyncs,
    sinkFailures: overrides.sinkFailures ?? d.sinkFailures,
  };
  checkLatency("syncLatency", slos.syncLatency, "alumiini_sync_duration_milliseconds");
  checkLatency("gitFetchLatency", slos.gitFetchLatency, "alumiini_git_duration_milliseconds");
  checkLatency("applyLatency", slos.applyLatency, "alumiini_apply_duration_milliseconds");
  for (const name of ["syncSuccess", "cacheHitRate"] as const) {
    checkPart(`${name}.objective`, slos[name].objective);
    checkPart(`${name}.alertBelow`, slos[name].alertBelow);
  }
  checkPart("sinkFailures", slos.sinkFailures);
  for (const name of ["workerRestarts", "workerMemory"] as const) {
    checkPositive(`${name}.objective`, slos[name].objective);
    checkPositive(`${name}.alertAbove`, slos[name].alertAbove);
  }
  for (const name of ["staleAfterSeconds", "stuckAfterSeconds", "failingSyncs"] as const) {
    if (Number.isSafeInteger(slos[name]) && slos[name] >= 1) continue;
    throw new RangeError(`defineSlos: ${name} must be a whole number of 1 or more, not ${slos[name]}`);
  }
  return slos;
}

/** The bucket bounds of a histogram of the catalogue, in the unit that its entry has. */
export function boundsOf(metric: MetricName): readonly number[] {
  const definitions: readonly MetricDefinition[] = METRICS;
  const definition = definitions.find(({ name }) => name === metric);
  return definition?.kind === "histogram" ? definition.buckets : [];
}

/** The name that a metric of the catalogue has with durations in the unit. */
export function nameIn(unit: DurationUnit, metric: MetricName): string {
  return unit === "seconds" ? metric.replace(/_milliseconds$/, "_seconds") : metric;
}

function checkLatency(name: string, { objective, thresholdMs, alertAboveMs }: LatencySlo, metric: MetricName): void {
  const bounds = boundsOf(metric);
  checkPart(`${name}.objective`, objective);
  const known = `the bucket bounds of ${metric}: ${bounds.join(", ")}`;
  if (!bounds.includes(thresholdMs)) {
    throw new RangeError(`defineSlos: ${name}.thresholdMs must be one of ${known}; not ${thresholdMs}`);
  }
  if (!bounds.slice(0, -1).includes(alertAboveMs)) {
    throw new RangeError(
      `defineSlos: ${name}.alertAboveMs must be one, and not the last, of ${known}; not ${alertAboveMs}`,
    );
  }
}

function checkPart(name: string, value: number): void {
  if (!(value > 0 && value < 1)) throw new RangeError(`defineSlos: ${name} must be between 0 and 1, not ${value}`);
}

function checkPositive(name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value))) throw new RangeError(`defineSlos: ${name} must be above 0, not ${value}`);
}
