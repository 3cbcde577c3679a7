import type { DurationUnit, MetricName } from "@alumiini/core/metrics";
import { nameIn } from "./slos.js";

/** What selectors and aggregations have in common in one set of rules. */
export interface QueryContext {
  readonly durationUnit: DurationUnit;
  /** Label matchers for every selector, such as `job="alumiini"`; empty for none. */
  readonly selector: string;
  /** Labels that tell one installation from another: what is summed is summed by them. */
  readonly by: readonly string[];
}

/** Writes PromQL over the catalogue. */
export class Query {
  readonly #context: QueryContext;

  constructor(context: QueryContext) {
    this.#context = context;
  }

  /** A selector: `name{matchers}`. */
  select(metric: MetricName, matchers = "", suffix = ""): string {
    const all = [matchers, this.#context.selector].filter((part) => part !== "").join(",");
    return `${nameIn(this.#context.durationUnit, metric)}${suffix}${all === "" ? "" : `{${all}}`}`;
  }

  /** `by (…)`: the installation, and the labels given. */
  by(...labels: readonly string[]): string {
    return `by (${[...this.#context.by, ...labels].join(", ")})`;
  }

  /** Milliseconds in the unit of the metrics. */
  duration(milliseconds: number): number {
    return this.#context.durationUnit === "seconds" ? milliseconds / 1000 : milliseconds;
  }

  /** A matcher for the bucket at a bound. Prometheus 3 stores `30000` as `30000.0`. */
  bucketAt(milliseconds: number): string {
    const bound = String(this.duration(milliseconds));
    return bound.includes(".") ? `le="${bound}"` : `le=~"${bound}(\\\\.0)?"`;
  }
}

/** The value where there is one, else 0 wherever `total` has a value: what never happened has no series. */
export function orZero(value: string, total: string): string {
  return `(${value} or 0 * ${total})`;
}
