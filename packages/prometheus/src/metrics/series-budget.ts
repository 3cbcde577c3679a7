import { METRICS, type MetricDefinition, type OptInLabel, withOptInLabels } from "@alumiini/core/metrics";

/** What a budget of series is made for. */
export interface SeriesBudgetOptions {
  /** How many repositories. */
  readonly repositories: number;
  /** Kinds of objects that each of them applies. Default 5. */
  readonly kinds?: number | undefined;
  /** As given to `prometheusSubscriber`: they add labels, and `repo_namespace` and `cluster` keep repositories apart. */
  readonly optInLabels?: readonly OptInLabel[] | undefined;
}

/** What one metric of repositories costs. */
export interface MetricBudget {
  readonly metric: string;
  /** Samples in each scrape for one repository to which nothing has happened yet: counters at 0, and gauges. */
  readonly atFirst: number;
  /** The same once everything has happened: every trigger, outcome and error, and a deployment and a recovery. */
  readonly atMost: number;
}

/** What the metrics of repositories cost. */
export interface SeriesBudget {
  readonly metrics: readonly MetricBudget[];
  /** Sums over all metrics and repositories. */
  readonly atFirst: number;
  readonly atMost: number;
}

/**
 * Returns how many series, which is samples in each scrape, repositories cost. Series of the process, its sinks, caches and
 * queues come on top: about a hundred.
 *
 * @example
 * ```ts
 * import { seriesBudget } from "@alumiini/prometheus";
 *
 * const { atFirst, atMost } = seriesBudget({ repositories: 1500 });
 * ```
 */
export function seriesBudget({ repositories, kinds = 5, optInLabels = [] }: SeriesBudgetOptions): SeriesBudget {
  const definitions = withOptInLabels(METRICS, optInLabels).filter(({ labels }) => labels[0] === "repo_name");
  const metrics = definitions.map((definition) => budgetOf(definition, definitions, kinds));
  const sum = (of: (metric: MetricBudget) => number) =>
    repositories * metrics.reduce((total, metric) => total + of(metric), 0);
  return { metrics, atFirst: sum(({ atFirst }) => atFirst), atMost: sum(({ atMost }) => atMost) };
}

function budgetOf(definition: MetricDefinition, all: readonly MetricDefinition[], kinds: number): MetricBudget {
  const { name: metric, kind, labels } = definition;
  const isRead = definition.sources.some((source) => "read" in source);
  if (isRead) {
    // What nobody measured, and what no event has said yet, has no series.
    const isKnownAtFirst = KNOWN_AT_FIRST.has(metric);
    return { metric, atFirst: isKnownAtFirst ? 1 : 0, atMost: 1 };
  }
  const values = labels.map((label) => valuesOf(label, definition, all, kinds));
  const combinations = values.reduce((product, count) => product * count, 1);
  if (kind === "histogram") return { metric, atFirst: 0, atMost: combinations * (definition.buckets.length + 3) };
  const begins = definition.kind === "counter" && definition.initial !== undefined;
  return { metric, atFirst: begins ? combinations : 0, atMost: combinations };
}

/** Gauges that say something of a repository before anything has happened to it. */
const KNOWN_AT_FIRST: ReadonlySet<string> = new Set([
  "alumiini_sync_last_success_timestamp_seconds",
  "alumiini_sync_started_timestamp_seconds",
  "alumiini_sync_consecutive_failures",
  "alumiini_repo_info",
  "alumiini_drifted_resources",
]);

/** How many values of a label one repository has: those that any metric of the catalogue lists for it. */
function valuesOf(
  label: string,
  definition: MetricDefinition,
  all: readonly MetricDefinition[],
  kinds: number,
): number {
  if (label === "resource_kind") return kinds;
  for (const one of [definition, ...all]) {
    const listed = one.kind === "counter" ? one.initial?.[label] : undefined;
    // A trigger is a trigger in every metric; an outcome is not.
    if (listed !== undefined && (one === definition || label !== "outcome")) return listed.length;
  }
  return 1;
}
