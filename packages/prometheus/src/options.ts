import { type DurationUnit, METRICS, type MetricDefinition } from "@alumiini/core/metrics";
import { register as globalRegistry } from "prom-client";
import type { ObservedSink } from "./metrics/sinks.js";
import type { AnyRegistry } from "./own-series.js";

/** Labels that metrics of repositories carry only when asked to. `commit` is for `alumiini_repo_info` alone. */
export type OptInLabel = "repo_namespace" | "branch" | "commit";

/** What `prometheusSubscriber` takes. */
export interface PrometheusOptions {
  /** Where the metrics are registered. Default: prom-client's global registry, its export `register`. */
  readonly register?: AnyRegistry | undefined;
  /**
   * Repositories that get series of their own: a whole number, 1 or more. Those that come later share the series with
   * `repo_name="_other"`, and have no gauges. Default 1,000.
   */
  readonly maxRepositories?: number | undefined;
  /** Distinct values of every other label whose values are not known beforehand: 1 or more. Default 100. */
  readonly maxLabelValues?: number | undefined;
  /** The unit of durations, in names and values. Default `milliseconds`, as ADR-004 names them. */
  readonly durationUnit?: DurationUnit | undefined;
  /** Labels with constant values for every series, such as `{ cluster: "prod" }`. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Labels to add to the metrics of repositories. With `repo_namespace`, equal names are kept apart by it. */
  readonly optInLabels?: readonly OptInLabel[] | undefined;
  /** Error types of your own that `error_type` is to keep; any other becomes `other`. At most 100. */
  readonly errorTypes?: readonly string[] | undefined;
  /**
   * Remembers the trace of the newest event in each series of a counter and bucket of a histogram. They are written
   * where a scraper accepts OpenMetrics. Default false.
   */
  readonly exemplars?: boolean | undefined;
  /** The controller's version, for `alumiini_build_info`. Default `unknown`. */
  readonly version?: string | undefined;
  /** Sinks whose deliveries are to be seen. */
  readonly sinks?: readonly ObservedSink[] | undefined;
}

/** The options with their defaults, checked. */
export interface Settings {
  readonly register: AnyRegistry;
  readonly maxRepositories: number;
  readonly maxLabelValues: number;
  readonly durationUnit: DurationUnit;
  readonly labels: Readonly<Record<string, string>>;
  readonly optInLabels: readonly OptInLabel[];
  readonly errorTypes: readonly string[];
  readonly exemplars: boolean;
  readonly version: string;
}

/** What subscribers that share a registry must agree on. */
const SHARED = [
  "maxRepositories",
  "maxLabelValues",
  "durationUnit",
  "labels",
  "optInLabels",
  "errorTypes",
  "exemplars",
  "version",
] as const satisfies readonly (keyof Settings)[];

const OPT_IN_LABELS: readonly OptInLabel[] = ["repo_namespace", "branch", "commit"];
const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;
const MAX_ERROR_TYPES = 100;

/**
 * @throws {RangeError} for a number that is out of range.
 * @throws {TypeError} for a name that can't be used.
 */
export function settingsOf(options: PrometheusOptions): Settings {
  const { maxRepositories = 1000, maxLabelValues = 100, durationUnit = "milliseconds", errorTypes = [] } = options;
  requireCount("maxRepositories", maxRepositories);
  requireCount("maxLabelValues", maxLabelValues);
  if (durationUnit !== "milliseconds" && durationUnit !== "seconds") {
    throw new TypeError('prometheusSubscriber: durationUnit must be "milliseconds" or "seconds"');
  }
  if (errorTypes.length > MAX_ERROR_TYPES) {
    throw new RangeError(`prometheusSubscriber: at most ${MAX_ERROR_TYPES} errorTypes, not ${errorTypes.length}`);
  }
  const { register = globalRegistry, labels = {}, exemplars = false, version = "unknown" } = options;
  const optInLabels = OPT_IN_LABELS.filter((label) => options.optInLabels?.includes(label));
  for (const label of options.optInLabels ?? []) {
    if (!OPT_IN_LABELS.includes(label)) throw new TypeError(`prometheusSubscriber: there is no opt-in label ${label}`);
  }
  const definitions: readonly MetricDefinition[] = METRICS;
  const taken = new Set([...definitions.flatMap((definition) => definition.labels), ...optInLabels, "le", "quantile"]);
  for (const name of Object.keys(labels)) {
    if (LABEL_NAME.test(name) && !taken.has(name)) continue;
    throw new TypeError(`prometheusSubscriber: ${JSON.stringify(name)} can't be the name of a label here`);
  }
  return {
    register,
    maxRepositories,
    maxLabelValues,
    durationUnit,
    labels: { ...labels },
    optInLabels,
    errorTypes: [...errorTypes],
    exemplars,
    version,
  };
}

/** Says in which option subscribers that share a registry differ: `maxRepositories 10, not 1000`. */
export function differenceBetween(theirs: Settings, ours: Settings): string | undefined {
  for (const name of SHARED) {
    const [first, second] = [JSON.stringify(theirs[name]), JSON.stringify(ours[name])];
    if (first !== second) return `${name} ${first}, not ${second}`;
  }
  return undefined;
}

function requireCount(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 1) return;
  throw new RangeError(`prometheusSubscriber: ${name} must be a whole number of 1 or more`);
}
