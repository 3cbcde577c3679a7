import type { MetricDefinition } from "@alumiini/core/metrics";

/** Suffixes that Prometheus wants in a name, and OpenTelemetry in the unit or the kind. */
const SUFFIX = /_(total|seconds|bytes)$/;

/** The attribute that each label of the catalogue becomes. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  repo_name: "alumiini.repo.name",
  namespace: "alumiini.repo.namespace",
  repo_namespace: "alumiini.repo.namespace",
  cluster: "k8s.cluster.name",
  branch: "alumiini.repo.branch",
  trigger: "alumiini.sync.trigger",
  outcome: "alumiini.event.outcome",
  operation: "alumiini.git.operation",
  resource_kind: "alumiini.resource.kind",
  cache_name: "alumiini.cache.name",
  result: "alumiini.cache.result",
  error_type: "error.type",
  provider: "alumiini.webhook.provider",
  queue: "alumiini.queue.name",
};

/**
 * The name in OpenTelemetry: `alumiini_git_duration_seconds` is `alumiini.git.duration`. Exporters to Prometheus put
 * back what was taken off, so that ADR-004's name comes out again.
 */
export function metricNameOf({ name }: MetricDefinition): string {
  const [prefix, subject, ...rest] = name.replace(SUFFIX, "").split("_");
  return [prefix, subject, ...(rest.length > 0 ? [rest.join("_")] : [])].join(".");
}

/** The attribute in OpenTelemetry: `repo_name` is `alumiini.repo.name`. */
export function attributeNameOf(label: string): string {
  return ATTRIBUTES[label] ?? `alumiini.${label}`;
}
