import type { MetricDefinition, MetricSource } from "./definition.js";

/**
 * Labels that metrics carry only when asked to. `repo_namespace` and `branch` are for metrics of repositories, `cluster`
 * for all that come from events and measurements and for `alumiini_cluster_info`, `commit` for `alumiini_repo_info` alone.
 */
export const OPT_IN_LABELS = ["repo_namespace", "branch", "commit", "cluster"] as const;

/** A label of {@link OPT_IN_LABELS}. */
export type OptInLabel = (typeof OPT_IN_LABELS)[number];

/** The name of the metric whose labels describe a repository. */
export const REPO_INFO = "alumiini_repo_info";

/** The name of the metric that says which clusters a process reports on. */
const CLUSTER_INFO = "alumiini_cluster_info";

/** The fields that the labels' values come from. */
const FIELDS = { repo_namespace: "namespace", branch: "branch", cluster: "clusterId" } as const;

/** Returns the definitions with these labels added to the metrics that they are for. */
export function withOptInLabels(
  definitions: readonly MetricDefinition[],
  optIn: readonly OptInLabel[],
): readonly MetricDefinition[] {
  if (optIn.length === 0) return definitions;
  return definitions.map((definition) => {
    const added = OPT_IN_LABELS.filter((label) => optIn.includes(label) && isFor(label, definition));
    const sources = definition.sources.map((source) => added.reduce(withLabel, source));
    return { ...definition, labels: [...definition.labels, ...added], sources };
  });
}

function isFor(label: OptInLabel, { name, labels, sources }: MetricDefinition): boolean {
  const isOfRepository = labels[0] === "repo_name";
  if (label === "commit") return name === REPO_INFO;
  if (label === "cluster")
    return isOfRepository || name === CLUSTER_INFO || !sources.some((source) => "read" in source);
  return isOfRepository && !labels.includes(label);
}

function withLabel(source: MetricSource, label: OptInLabel): MetricSource {
  if ("read" in source || label === "commit") return source;
  const from = { field: FIELDS[label] };
  // Spreading each variant by itself keeps its own type of fields. A measurement is given the fields that it lacks.
  if ("events" in source) return { ...source, labels: { ...source.labels, [label]: from } };
  if ("derived" in source) return { ...source, labels: { ...source.labels, [label]: from } };
  return { ...source, labels: { ...source.labels, [label]: from } };
}
