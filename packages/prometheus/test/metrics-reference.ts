import {
  type BackendReading,
  DEFAULT_LABEL_LIMITS,
  METRICS,
  type MetricDefinition,
  type MetricSource,
  OPT_IN_LABELS,
  type RepositoryReading,
  SHARED_READINGS,
  withOptInLabels,
} from "@alumiini/core/metrics";
import { seriesBudget } from "../src/index.js";

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
  const shared = definitions.flatMap(({ name, sources: [source] }) => {
    if (source === undefined || !("read" in source)) return [];
    if (source.read === "repository") return [`| \`${name}\` | ${SHARED_READINGS[source.reading].shows} |`];
    return source.reading === "repositories" ? [`| \`${name}\` | a series for each namespace and branch |`] : [];
  });
  const { atFirst: first, atMost: most } = seriesBudget({ repositories: 1 });
  const limit = DEFAULT_LABEL_LIMITS.maxRepositories.toLocaleString("en");
  const combined = (how: "sum" | "min") =>
    definitions
      .flatMap((one) => (one.kind === "gauge" && one.acrossProcesses === how ? [`\`${one.name}\``] : []))
      .join(", ");
  const [sums, minima] = [combined("sum"), combined("min")];
  const optIns = OPT_IN_LABELS.map((label) => `| \`${label}\` | ${metricsWith(definitions, label)} |`);
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
${shared.join("\n")}

Suspended repositories count only where all of the name are suspended. \`optInLabels: ["repo_namespace", "cluster"]\` keeps
repositories apart. Give the rules and dashboards the same labels (\`--opt-in-labels repo_namespace,cluster\`).

| opt-in label | added to |
|---|---|
${optIns.join("\n")}

## Clusters

By default no metric of ADR-004 has a label for the cluster, and everything of one \`cluster\`, \`namespace\` and \`job\` in
Prometheus is one installation. \`alumiini_cluster_info\` says which clusters, by the telemetry's \`clusterId\`, a process
reports on. Where the targets of two clusters have no label that tells them apart, add one:

| situation | do |
|---|---|
| the scrape configuration, or the agent of each cluster, sets \`cluster\` | nothing |
| one controller for each cluster | \`prometheusSubscriber({ labels: { cluster: clusterId } })\`: on every series |
| one process reports on several clusters, as \`alumiini serve\` does | \`optInLabels: ["cluster"]\` |

Targets that have a label \`cluster\` keep it; Prometheus then calls ours \`exported_cluster\`. Each measurement of a process
(\`alumiini_workers_active\`, \`alumiini_queue_depth\`, \`alumiini_leader_status\`) replaces the last: a process that
measures for several clusters needs the opt-in label.

## What it costs

\`npx @alumiini/prometheus series --repositories 1500\` prints the series of any number of repositories, metric by metric, and
\`seriesBudget\` returns it: ${first} for each repository when it is first seen, ${most} once everything has happened to it, with five
kinds of objects. Measured on two busy cores with Node 24, two triggers, five kinds, 123 series for each repository:

| repositories | series | memory | scrape | with gzip | CPU time of a scrape with gzip |
|---|---|---|---|---|---|
| 1,000 | 123,099 | 40 MB | 12 MB | 0.45 MB | 0.2 s |
| 5,000 | 615,099 | 186 MB | 61 MB | 2.2 MB | 1.1 s |
| 10,000 | 1,230,099 | 368 MB | 122 MB | 4.3 MB | 2 s |

Nothing is paid for repositories that don't exist, and one beyond \`maxRepositories\` is not watched: its gauges are left out and
its counters go to \`_other\`, which an alert reports. The default, ${limit}, fits a controller with 512 MB; raise it together with
the memory. Only events and registrations make a repository known, webhooks don't.

## Processes of node:cluster

prom-client's \`AggregatorRegistry\` makes one scrape of all workers. Counters and histograms add up. Each gauge says how it is
combined: ${sums} are sums, ${minima} the least, all others the greatest. Make an \`AggregatorRegistry\` in every worker
too: that is how prom-client lets it answer. A worker that dies takes its counts with it, which Prometheus sees as a reset.

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

/** Where readings of a repository come from; those that are not here follow from all of its events. */
const MEASURED: Readonly<Partial<Record<RepositoryReading, string>>> = {
  workerMemoryBytes: '`measure("worker_memory")`',
  suspended: '`measure("suspension")`',
};

const BACKEND: Readonly<Record<BackendReading, string>> = {
  repositories: "all events of the repository",
  clusters: "`clusterId` of events and measurements",
  version: "the option `version`",
  seriesDropped: "the limits",
};

function describe(source: MetricSource): string {
  if ("events" in source) return source.events.map((type) => `\`${type}\``).join(", ");
  if ("measurement" in source) return `\`measure("${source.measurement}")\``;
  if ("derived" in source) return `${source.derived.replaceAll("_", " ")}, derived from events`;
  if (source.read === "repository") return MEASURED[source.reading] ?? "all events of the repository";
  return source.read === "sink" ? "the sinks' `stats()`" : BACKEND[source.reading];
}

/** The metrics that have a label once it is opted into, in as few words as they can be told apart. */
function metricsWith(definitions: readonly MetricDefinition[], label: (typeof OPT_IN_LABELS)[number]): string {
  const before = new Set(definitions.filter(({ labels }) => labels.includes(label)).map(({ name }) => name));
  const names = withOptInLabels(definitions, [label])
    .filter(({ name, labels }) => labels.includes(label) && !before.has(name))
    .map(({ name }) => name);
  const ofRepositories = definitions.filter(({ labels }) => labels[0] === "repo_name").map(({ name }) => name);
  const others = names.filter((name) => !ofRepositories.includes(name));
  const missing = ofRepositories.filter((name) => !names.includes(name) && !before.has(name));
  const list = (all: readonly string[]) => all.map((name) => `\`${name}\``).join(", ");
  if (names.length < ofRepositories.length / 2) return list(names);
  const except = missing.length === 0 ? "" : ` but ${list(missing)}`;
  return `all with \`repo_name\`${except}${others.length === 0 ? "" : `, ${list(others)}`}`;
}
