import type { MetricName } from "@alumiini/core/metrics";
import { budgetLeft } from "../rules/burn.js";
import type { Indicator } from "../rules/indicators.js";
import type { Query } from "../rules/promql.js";
import { recordName, type Window } from "../rules/recorded.js";

/** The labels that the metrics and their targets have, as far as dashboards need to know them. */
export interface DashboardLabels {
  /** What tells installations apart. */
  readonly by: readonly string[];
  /** What tells one repository of an installation from another. */
  readonly repository: readonly string[];
  /** What `alumiini_repo_info` says besides. */
  readonly revision: readonly string[];
}

/** The queries that panels have in common. */
export class PanelQueries {
  readonly query: Query;
  readonly labels: DashboardLabels;
  readonly #chosen: string;
  readonly #window = "$__rate_interval";

  /** `chosen` are the matchers of the installations chosen at the top, which `query` has already. */
  constructor(query: Query, chosen: readonly string[], labels: DashboardLabels) {
    this.query = query;
    this.labels = labels;
    this.#chosen = chosen.map((matcher) => `,${matcher}`).join("");
  }

  /** The part of an objective's error budget that the installations that were chosen have left. */
  budgetLeft(indicator: Indicator, window: string): string {
    return budgetLeft(indicator, window, this.#chosen.slice(1));
  }

  /** A recorded indicator of the installations that were chosen. */
  recorded(window: Window, slo: string): string {
    return `${recordName(window)}{slo="${slo}"${this.#chosen}}`;
  }

  /** The rate of a counter in events per second, summed by labels. */
  rate(metric: MetricName, labels: readonly string[], matchers = ""): string {
    return `sum by (${labels.join(", ")}) (rate(${this.query.select(metric, matchers)}[${this.#window}]))`;
  }

  /** How much a counter grew within a window, summed by labels. */
  increase(metric: MetricName, labels: readonly string[], window: string, matchers = ""): string {
    return `sum by (${labels.join(", ")}) (increase(${this.query.select(metric, matchers)}[${window}]))`;
  }

  /** A quantile of a histogram. */
  quantile(
    quantile: number,
    metric: MetricName,
    labels: readonly string[] = [],
    matchers = "",
    window = this.#window,
  ): string {
    const by = ["le", ...labels].join(", ");
    const rate = `rate(${this.query.select(metric, matchers, "_bucket")}[${window}])`;
    return `histogram_quantile(${quantile}, sum by (${by}) (${rate}))`;
  }

  /** The newest value of a gauge over all replicas. */
  max(metric: MetricName, labels: readonly string[], matchers = ""): string {
    return `max by (${labels.join(", ")}) (${this.query.select(metric, matchers)})`;
  }

  /** A gauge by repository: repositories of one name in two installations stay apart. */
  eachRepository(aggregation: "max" | "min", metric: MetricName, matchers = ""): string {
    return `${aggregation} ${this.query.byRepository()} (${this.query.select(metric, matchers)})`;
  }

  /** How much a counter grew within a window, by repository. */
  eachIncrease(metric: MetricName, window: string, matchers = ""): string {
    return `sum ${this.query.byRepository()} (increase(${this.query.select(metric, matchers)}[${window}]))`;
  }

  /** When the last sync of each repository ended, with how it did. */
  lastEnd(): string {
    const metric = this.query.select("alumiini_sync_last_end_timestamp_seconds");
    const each = `max ${this.query.byRepository("trigger", "outcome", "error_type")} (${metric})`;
    return `topk ${this.query.byRepository()} (1, ${each})`;
  }

  /**
   * What each repository runs, as labels. `alumiini_repo_info` has a label `namespace` of its own, which takes the place of
   * the target's where that is missing: so its labels are joined to a series that has the target's alone.
   */
  revision(): string {
    const { by, repository, revision } = this.labels;
    const target = [
      ...new Set([...by.filter((label) => label !== "namespace"), "job", "instance", ...repository]),
    ].join(", ");
    const known = this.query.select("alumiini_sync_last_success_timestamp_seconds");
    const info = `topk by (${target}) (1, ${this.query.select("alumiini_repo_info")})`;
    const joined = `(0 * ${known} + 1) * on (${target}) group_left (${revision.join(", ")}) ${info}`;
    return `topk ${this.query.byRepository()} (1, max ${this.query.byRepository(...revision)} (${joined}))`;
  }

  /** A metric that is not in the catalogue, of the controllers' processes. */
  ofController(metric: string, as: "value" | "rate" = "value"): string {
    const selected = this.query.selectAny(metric);
    const value = as === "rate" ? `rate(${selected}[${this.#window}])` : selected;
    const labels = [...this.labels.by.filter((label) => label !== "job"), "job", "instance"];
    const controllers = `group by (${labels.join(", ")}) (${this.query.select("alumiini_build_info")})`;
    return `sum by (${labels.join(", ")}) (${value}) and ${controllers}`;
  }

  /** The matchers of the installations that were chosen, for series that Prometheus makes of rules. */
  get chosen(): string {
    return this.#chosen;
  }

  /** How an installation is named in legends. */
  get installation(): string {
    return this.labels.by.map((label) => `{{${label}}}`).join(" ");
  }

  /** The unit of durations, as Grafana names it. */
  get durationUnit(): "ms" | "s" {
    return this.query.duration(1000) === 1 ? "s" : "ms";
  }
}
