import { queryFor, type RuleOptions } from "../rules/rule-groups.js";
import { DEFAULT_SLOS } from "../rules/slos.js";
import { buildDashboard } from "./build.js";
import { deliveryDashboard } from "./delivery.js";
import { fleetDashboard } from "./fleet.js";
import { PanelQueries } from "./queries.js";
import { repositoryDashboard } from "./repository.js";

/** What dashboards are made with: as rules are. */
export type DashboardOptions = Pick<RuleOptions, "slos" | "durationUnit" | "selector" | "by">;

/** The three dashboards as Grafana's JSON, by file name. */
export function dashboards(options: DashboardOptions = {}): Readonly<Record<string, string>> {
  const { slos = DEFAULT_SLOS, durationUnit, selector = "", by = ["cluster", "namespace", "job"] } = options;
  const chosen = by.map((label) => `${label}=~"$${label}"`);
  const matchers = [selector, ...chosen].filter((part) => part !== "").join(",");
  const queries = new PanelQueries(queryFor({ durationUnit, selector: matchers, by }), chosen);
  const specs = [fleetDashboard(queries, slos), repositoryDashboard(queries), deliveryDashboard(queries, slos)];
  return Object.fromEntries(
    specs.map((spec) => [`${spec.uid}.json`, `${JSON.stringify(buildDashboard(spec, { by, selector }), null, 2)}\n`]),
  );
}
