import { METRICS, type MetricDefinition, type MetricSource } from "@alumiini/core/metrics";

/** The catalogue as `docs/metrics.md`. */
export function metricsReference(): string {
  const definitions: readonly MetricDefinition[] = METRICS;
  const rows = definitions.map(
    (definition) =>
      `| \`${definition.name}\` | ${definition.kind} | ${labelsOf(definition)} | ${definition.description} | ${definition.sources.map(describe).join(", ")} |`,
  );
  const histograms = definitions.flatMap((definition) =>
    definition.kind === "histogram" ? [`| \`${definition.name}\` | ${definition.buckets.join(" ")} |`] : [],
  );
  return `<!-- Generated from METRICS of @alumiini/core: pnpm test --project prometheus generated -u -->
# Metrics

Every metric of [\`@alumiini/prometheus\`](../packages/prometheus). With \`durationUnit: "seconds"\`, names that end in
\`_milliseconds\` end in \`_seconds\`, and bounds and values are a thousandth of those here.

| metric | type | labels | meaning | from |
|---|---|---|---|---|
${rows.join("\n")}

The value of a label is \`unknown\` where the event lacks the field, \`_other\` beyond a limit on label values, and
\`other\` for an error type that is not listed. Counters begin at 0, for each value listed with a label, when their
repository or cache is first seen.

## Repositories with the same name

By default there is one series for each \`repo_name\`. Where several namespaces or clusters have a repository of that name,
its counters and histograms add up, and its gauges show the worst of them, so that no failure is hidden:

| gauge | shows |
|---|---|
| \`alumiini_sync_last_success_timestamp_seconds\` | the oldest; 0 if one of them never succeeded |
| \`alumiini_sync_started_timestamp_seconds\` | the oldest sync under way; 0 if all are idle |
| \`alumiini_repo_out_of_sync\` | 1 if any is out of sync |
| \`alumiini_drifted_resources\` | the sum |
| \`alumiini_worker_memory_bytes\` | the largest |
| \`alumiini_repository_suspended\` | 1 only if all are suspended, 0 if any is not |
| \`alumiini_repo_info\` | a series for each namespace and branch |

Suspended repositories count only where all of the name are suspended. \`optInLabels: ["repo_namespace", "cluster"]\` keeps
repositories apart: \`cluster\` is then on every metric of events and measurements.

Each measurement of a process (\`alumiini_workers_active\`, \`alumiini_queue_depth\`, \`alumiini_leader_status\`) replaces the
last; a process that measures for several clusters needs the label \`cluster\`.

## Buckets

| histogram | upper bounds |
|---|---|
${histograms.join("\n")}
`;
}

function labelsOf(definition: MetricDefinition): string {
  const initial = definition.kind === "counter" ? (definition.initial ?? {}) : {};
  const labels = definition.labels.map((label) => {
    const values = initial[label];
    return values === undefined ? `\`${label}\`` : `\`${label}\` (${values.join(", ")})`;
  });
  return labels.join(", ");
}

/** The measurements that readings of a repository come from. */
const MEASURED: Readonly<Record<string, string>> = {
  workerMemoryBytes: '`measure("worker_memory")`',
  suspended: '`measure("suspension")`',
};

function describe(source: MetricSource): string {
  if ("events" in source) return source.events.map((type) => `\`${type}\``).join(", ");
  if ("measurement" in source) return `\`measure("${source.measurement}")\``;
  if ("derived" in source) return `${source.derived.replaceAll("_", " ")}, derived from events`;
  if (source.read === "repository") return MEASURED[source.reading] ?? "all events of the repository";
  if (source.read === "sink") return "the sinks' `stats()`";
  return (
    { repositories: "all events of the repository", version: "the option `version`", seriesDropped: "the limits" }[
      source.reading
    ] ?? source.reading
  );
}
