import type { MetricName } from "@alumiini/core";
import type { Query } from "../rules/promql.js";

/** The queries that panels have in common. */
export class PanelQueries {
  readonly query: Query;
  readonly #window: string;

  constructor(query: Query, window = "$__rate_interval") {
    this.query = query;
    this.#window = window;
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
