import type { DurationUnit, OptInLabel } from "@alumiini/core/metrics";
import { queryFor, RUNBOOK_BASE_URL, type RuleOptions, ruleGroups } from "../rules/rule-groups.js";
import { DEFAULT_SLOS } from "../rules/slos.js";
import { buildDashboard } from "./build.js";
import { deliveryDashboard } from "./delivery.js";
import { fleetDashboard } from "./fleet.js";
import { PanelQueries } from "./queries.js";
import { repositoryDashboard } from "./repository.js";

/** What dashboards are made with: as rules are. */
export interface DashboardOptions
  extends Pick<RuleOptions, "slos" | "durationUnit" | "selector" | "by" | "optInLabels" | "runbookBaseUrl"> {
  /** The page of `alumiini serve`, for links. Default `http://localhost:8080`; it can be changed in Grafana. */
  readonly historyUrl?: string | undefined;
  /** Where traces are searched. Default: Grafana's own `/explore`; it can be changed in Grafana. */
  readonly tracesUrl?: string | undefined;
}

/** The three dashboards as Grafana's JSON, by file name. */
export function dashboards(options: DashboardOptions = {}): Readonly<Record<string, string>> {
  const { slos = DEFAULT_SLOS, durationUnit, selector = "", optInLabels = [] } = options;
  const by = installationLabels(options.by ?? ["cluster", "namespace", "job"], optInLabels);
  const chosen = by.map((label) => matcherOf(label, optInLabels));
  const matchers = [selector, ...chosen].filter((part) => part !== "").join(",");
  const query = queryFor({ durationUnit, selector: matchers, by, optInLabels });
  const queries = new PanelQueries(query, chosen, {
    by,
    repository: optInLabels.includes("repo_namespace") ? ["repo_name", "repo_namespace"] : ["repo_name"],
    revision: optInLabels.includes("commit") ? ["branch", "commit"] : ["branch"],
  });
  const specs = [fleetDashboard(queries, slos), repositoryDashboard(queries, slos), deliveryDashboard(queries, slos)];
  const surroundings = {
    selector,
    queries,
    optInLabels,
    alertNames: alertNames(durationUnit),
    runbookUrl: options.runbookBaseUrl ?? RUNBOOK_BASE_URL,
    historyUrl: options.historyUrl ?? "http://localhost:8080",
    tracesUrl: options.tracesUrl ?? "/explore",
  };
  return Object.fromEntries(
    specs.map((spec) => [`${spec.uid}.json`, `${JSON.stringify(buildDashboard(spec, surroundings), null, 2)}\n`]),
  );
}

/** Where the label of the cluster is opted into it tells installations apart, too. */
function installationLabels(by: readonly string[], optInLabels: readonly OptInLabel[]): readonly string[] {
  return optInLabels.includes("cluster") && !by.includes("cluster") ? ["cluster", ...by] : by;
}

/**
 * The matcher of what was chosen at the top. Where the cluster's label is opted into, what says nothing of any cluster, such
 * as sinks and the process, lacks it: it is shown whatever cluster is chosen.
 */
function matcherOf(label: string, optInLabels: readonly OptInLabel[]): string {
  const isOptional = label === "cluster" && optInLabels.includes("cluster");
  return `${label}=~"$${label}${isOptional ? "|" : ""}"`;
}

function alertNames(durationUnit: DurationUnit | undefined): readonly string[] {
  const rules = ruleGroups({ durationUnit }).flatMap((group) => group.rules);
  return [...new Set(rules.flatMap((rule) => ("alert" in rule ? [rule.alert] : [])))];
}
