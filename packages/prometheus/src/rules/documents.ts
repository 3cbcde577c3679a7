import { stringify } from "yaml";
import type { RuleGroup } from "./rule-groups.js";

/** The rules as a file for `rule_files` of Prometheus. */
export function rulesYaml(groups: readonly RuleGroup[]): string {
  return toYaml({ groups });
}

/** What the Prometheus Operator's objects are named. */
export interface ManifestOptions {
  /** Default `alumiini`. */
  readonly name?: string | undefined;
  /** Default: the namespace of the client that applies it. */
  readonly namespace?: string | undefined;
  /** Labels by which the operator finds the object, such as `{ release: "prometheus" }`. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** The rules as a `PrometheusRule` of the Prometheus Operator. */
export function prometheusRuleYaml(groups: readonly RuleGroup[], options: ManifestOptions = {}): string {
  return toYaml({
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: metadata(options),
    spec: { groups },
  });
}

/** A `ServiceMonitor` of the Prometheus Operator for a Service whose port for metrics is named `metrics`. */
export function serviceMonitorYaml(options: ManifestOptions = {}): string {
  return toYaml({
    apiVersion: "monitoring.coreos.com/v1",
    kind: "ServiceMonitor",
    metadata: metadata(options),
    spec: {
      selector: { matchLabels: { "app.kubernetes.io/name": options.name ?? "alumiini" } },
      endpoints: [{ port: "metrics", path: "/metrics", interval: "15s", scrapeTimeout: "10s" }],
    },
  });
}

/** Any data as YAML; texts of several lines stay readable. */
function toYaml(data: unknown): string {
  return stringify(data, { lineWidth: 0, blockQuote: "literal", aliasDuplicateObjects: false });
}

function metadata({ name = "alumiini", namespace, labels }: ManifestOptions) {
  return { name, ...(namespace !== undefined && { namespace }), ...(labels !== undefined && { labels }) };
}
