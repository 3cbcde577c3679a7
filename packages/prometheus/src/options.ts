import {
  flag,
  listOf,
  OptionError,
  oneOf,
  type RulesFor,
  readOptions,
  text,
  value,
  wholeNumber,
} from "@alumiini/core/adapter";
import {
  DEFAULT_LABEL_LIMITS,
  type DurationUnit,
  MAX_ERROR_TYPES,
  METRICS,
  type MetricDefinition,
  OPT_IN_LABELS,
  type OptInLabel,
} from "@alumiini/core/metrics";
import { register as globalRegistry, type OpenMetricsContentType, type Registry } from "prom-client";
import type { ObservedSink } from "./metrics/sinks.js";

/** A registry of either text format. */
export type AnyRegistry = Registry | Registry<OpenMetricsContentType>;

/** What `prometheusSubscriber` takes. */
export interface PrometheusOptions {
  /** Where the metrics are registered. Default: prom-client's global registry, its export `register`. */
  readonly register?: AnyRegistry | undefined;
  /**
   * Repositories that get series of their own: a whole number, 1 or more. Those that come later share the series with
   * `repo_name="_other"`, and have no gauges. Default 5,000.
   */
  readonly maxRepositories?: number | undefined;
  /** Distinct values of every other label whose values are not known beforehand: 1 or more. Default 100. */
  readonly maxLabelValues?: number | undefined;
  /** The unit of durations, in names and values. Default `milliseconds`, as ADR-004 names them. */
  readonly durationUnit?: DurationUnit | undefined;
  /** Labels with constant values for every series, such as `{ region: "eu" }`. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /**
   * Labels to add: `repo_namespace` and `branch` to the metrics of repositories, `commit` to `alumiini_repo_info`,
   * `cluster` to all metrics of events and measurements. Without `repo_namespace` or `cluster`, repositories of one name
   * share a series, whose gauges show the worst of them.
   */
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
  /** Sinks whose deliveries are exposed as metrics. */
  readonly sinks?: readonly ObservedSink[] | undefined;
}

/** The options with their defaults, checked. */
export type Settings = { readonly [K in keyof PrometheusOptions]-?: Exclude<PrometheusOptions[K], undefined> };

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

const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;
const NO_LABELS: Readonly<Record<string, string>> = {};
const NO_SINKS: readonly ObservedSink[] = [];
const NO_TEXTS: readonly string[] = [];
const NO_OPT_INS: readonly OptInLabel[] = [];

/** The option that says which registry, wherever one is taken. */
export const registerRule = value("a registry of prom-client", isRegistry, globalRegistry);

const RULES = {
  register: registerRule,
  maxRepositories: wholeNumber(1, Number.MAX_SAFE_INTEGER, DEFAULT_LABEL_LIMITS.maxRepositories),
  maxLabelValues: wholeNumber(1, Number.MAX_SAFE_INTEGER, DEFAULT_LABEL_LIMITS.maxLabelValues),
  durationUnit: oneOf<DurationUnit, DurationUnit>(["milliseconds", "seconds"], "milliseconds"),
  labels: value("an object of texts", isTexts, NO_LABELS),
  optInLabels: listOf(OPT_IN_LABELS, NO_OPT_INS),
  errorTypes: value(`a list of at most ${MAX_ERROR_TYPES} texts`, isErrorTypes, NO_TEXTS),
  exemplars: flag(false),
  version: text("unknown"),
  sinks: value("a list of sinks, each with a name and stats()", isSinks, NO_SINKS),
} satisfies RulesFor<PrometheusOptions>;

/** @throws {OptionError} for an option that is unknown or can't be used. */
export function settingsOf(options: PrometheusOptions): Settings {
  const settings = readOptions("prometheusSubscriber", options, RULES);
  const optInLabels = OPT_IN_LABELS.filter((label) => settings.optInLabels.includes(label));
  const definitions: readonly MetricDefinition[] = METRICS;
  const taken = new Set([...definitions.flatMap((definition) => definition.labels), ...optInLabels, "le", "quantile"]);
  for (const name of Object.keys(settings.labels)) {
    if (LABEL_NAME.test(name) && !taken.has(name)) continue;
    const problem = taken.has(name) ? "is a label that the metrics have themselves" : "is not a valid label name";
    throw new OptionError("prometheusSubscriber", `labels.${name}`, problem);
  }
  return { ...settings, optInLabels, labels: { ...settings.labels }, errorTypes: [...settings.errorTypes] };
}

/** Returns in which option subscribers that share a registry differ: `maxRepositories 10, not 1000`. */
export function differenceBetween(theirs: Settings, ours: Settings): string | undefined {
  for (const name of SHARED) {
    const [first, second] = [JSON.stringify(theirs[name]), JSON.stringify(ours[name])];
    if (first !== second) return `${name} ${first}, not ${second}`;
  }
  return undefined;
}

function isRegistry(given: unknown): given is AnyRegistry {
  const { registerMetric, getSingleMetric } = Object(given);
  return typeof registerMetric === "function" && typeof getSingleMetric === "function";
}

function isTexts(given: unknown): given is Readonly<Record<string, string>> {
  return (
    typeof given === "object" &&
    given !== null &&
    !Array.isArray(given) &&
    Object.values(given).every((text) => typeof text === "string")
  );
}

function isErrorTypes(given: unknown): given is readonly string[] {
  return Array.isArray(given) && given.length <= MAX_ERROR_TYPES && given.every((type) => typeof type === "string");
}

function isSinks(given: unknown): given is readonly ObservedSink[] {
  const isSink = (sink: unknown) => typeof Object(sink).name === "string" && typeof Object(sink).stats === "function";
  return Array.isArray(given) && given.every(isSink);
}
