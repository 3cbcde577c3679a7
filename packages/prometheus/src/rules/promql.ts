import type { DurationUnit, MetricName } from "@alumiini/core/metrics";
import { nameIn } from "./slos.js";

/** What selectors and aggregations have in common in one set of rules. */
export interface QueryContext {
  readonly durationUnit: DurationUnit;
  /** Label matchers for every selector, such as `job="alumiini"`; empty for none. */
  readonly selector: string;
  /** Labels that tell one installation from another: what is summed is summed by them. */
  readonly by: readonly string[];
  /** Labels that tell one repository of an installation from another. Default: `repo_name`. */
  readonly repository?: readonly string[];
  /** Seconds between two evaluations of the rules. Default 30. */
  readonly evaluationSeconds?: number;
}

/** Seconds between two evaluations of the rules unless told otherwise. */
export const EVALUATION_SECONDS = 30;

/** Writes PromQL over the catalogue. */
export class Query {
  readonly #context: QueryContext;

  constructor(context: QueryContext) {
    this.#context = context;
  }

  /** A selector: `name{matchers}`. */
  select(metric: MetricName, matchers = "", suffix = ""): string {
    return this.selectAny(`${nameIn(this.#context.durationUnit, metric)}${suffix}`, matchers);
  }

  /** A selector for a metric that is not in the catalogue. */
  selectAny(name: string, matchers = ""): string {
    const all = [matchers, this.#context.selector].filter((part) => part !== "").join(",");
    return `${name}${all === "" ? "" : `{${all}}`}`;
  }

  /** `by (…)`: the installation, and the labels given. */
  by(...labels: readonly string[]): string {
    return `by (${[...this.#context.by, ...labels].join(", ")})`;
  }

  /** `by (…)`: the repository, and the labels given. */
  byRepository(...labels: readonly string[]): string {
    return this.by(...this.#repository, ...labels);
  }

  /** `on (…)`: compares by the installation, and the labels given. */
  on(...labels: readonly string[]): string {
    return `on (${[...this.#context.by, ...labels].join(", ")})`;
  }

  /** `on (…)`: compares by the repository. */
  get onRepository(): string {
    return this.on(...this.#repository);
  }

  /** How an alert's text names its repository. */
  get repositoryName(): string {
    return this.#repository
      .toSorted((a, b) => Number(a === "repo_name") - Number(b === "repo_name"))
      .map((label) => `{{ $labels.${label} }}`)
      .join("/");
  }

  get evaluationSeconds(): number {
    return this.#context.evaluationSeconds ?? EVALUATION_SECONDS;
  }

  /**
   * How many events happened within the window, from a rate over five minutes that is recorded at every evaluation: each
   * event is in as many of them as fit into five minutes. Counts fully five minutes after the event, and is a few percent
   * more or less; compare with numbers between two whole ones.
   */
  count(recorded: string, window: string): string {
    return `sum_over_time(${recorded}[${window}]) * ${this.evaluationSeconds}`;
  }

  /** How much a counter grew within the window, with all of a series that is younger: its beginning may not have been 0. */
  grown(selector: string, window: string): string {
    return `(increase(${selector}[${window}]) > 0 or (${selector} unless ${selector} offset ${window}) > 0)`;
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

  get #repository(): readonly string[] {
    return this.#context.repository ?? ["repo_name"];
  }
}

/** The value where there is one, else 0 wherever `total` has a value: what never happened has no series. */
export function orZero(value: string, total: string): string {
  return `(${value} or 0 * ${total})`;
}
