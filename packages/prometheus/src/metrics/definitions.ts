import { inDurationUnit, METRICS, type MetricDefinition, type MetricSource } from "@alumiini/core/metrics";
import type { OptInLabel, Settings } from "../options.js";

/** Where the opt-in labels come from; the subscriber fills in what an event or a measurement lacks. */
const FIELDS = { repo_namespace: "namespace", branch: "branch" } as const;

/** The name of the metric whose labels say what is known of a repository. */
export const REPO_INFO = "alumiini_repo_info";

/** The catalogue as the settings have it. */
export function definitionsFor({ durationUnit, optInLabels }: Settings): readonly MetricDefinition[] {
  return inDurationUnit(METRICS, durationUnit).map((definition) => withOptInLabels(definition, optInLabels));
}

function withOptInLabels(definition: MetricDefinition, optIn: readonly OptInLabel[]): MetricDefinition {
  if (definition.labels[0] !== "repo_name") return definition;
  const added = optIn.filter(
    (label) => (label !== "commit" || definition.name === REPO_INFO) && !definition.labels.includes(label),
  );
  const sources = definition.sources.map((source) => added.reduce(withLabel, source));
  return { ...definition, labels: [...definition.labels, ...added], sources };
}

function withLabel(source: MetricSource, label: OptInLabel): MetricSource {
  if ("read" in source || label === "commit") return source;
  const from = { field: FIELDS[label] };
  // Spreading each variant by itself keeps its own type of fields. A measurement is given the fields that it lacks.
  if ("events" in source) return { ...source, labels: { ...source.labels, [label]: from } };
  if ("derived" in source) return { ...source, labels: { ...source.labels, [label]: from } };
  return { ...source, labels: { ...source.labels, [label]: from } };
}
