import type { MetricName } from "@alumiini/core/metrics";
import { budgetLeft } from "../rules/burn.js";
import type { Indicator } from "../rules/indicators.js";
import type { Query } from "../rules/promql.js";
import { recordName, type Window } from "../rules/recorded.js";

/** The queries that panels have in common. */
export class PanelQueries {
  readonly query: Query;
  readonly #chosen: string;
  readonly #window = "$__rate_interval";

  /** `chosen` are the matchers of the installations chosen at the top, which `query` has already. */
  constructor(query: Query, chosen: readonly string[]) {
    this.query = query;
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

  /** The unit of durations, as Grafana names it. */
  get durationUnit(): "ms" | "s" {
    return this.query.duration(1000) === 1 ? "s" : "ms";
  }
}
