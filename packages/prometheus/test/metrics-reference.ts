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

A label whose field is absent reads \`unknown\`, what is beyond a limit on label values \`_other\`, an error type that is
not one of the catalogue's \`other\`. Counters begin at 0, for each value listed with a label, when their repository or
cache is first seen.

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

function describe(source: MetricSource): string {
  if ("events" in source) return source.events.map((type) => `\`${type}\``).join(", ");
  if ("measurement" in source) return `\`measure("${source.measurement}")\``;
  if ("derived" in source) return `${source.derived.replaceAll("_", " ")}, derived from events`;
  if (source.read === "repository") return "all events of the repository";
  if (source.read === "sink") return "the sinks' `stats()`";
  return (
    { repositories: "all events of the repository", version: "the option `version`", seriesDropped: "the limits" }[
      source.reading
    ] ?? source.reading
  );
}
