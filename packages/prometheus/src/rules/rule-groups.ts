import {
  listOf,
  OptionError,
  oneOf,
  type RulesFor,
  readOptions,
  text,
  value,
  wholeNumber,
} from "@alumiini/core/adapter";
import { type DurationUnit, OPT_IN_LABELS, type OptInLabel } from "@alumiini/core/metrics";
import type { Alert, AlertRule } from "./alert.js";
import { controllerAlerts } from "./controller-alerts.js";
import { ingestAlerts } from "./ingest-alerts.js";
import { burnAlerts, thresholdAlerts } from "./objective-alerts.js";
import { EVALUATION_SECONDS, Query } from "./promql.js";
import { type RecordingRule, recordings } from "./recordings.js";
import { repositoryAlerts } from "./repository-alerts.js";
import { sinkAlerts } from "./sink-alerts.js";
import { readSlos, type Slos } from "./slos.js";

/** What rules are made with. */
export interface RuleOptions {
  /** Default: ADR-004's. */
  readonly slos?: Slos | undefined;
  /** As given to `prometheusSubscriber`. Default `milliseconds`. */
  readonly durationUnit?: DurationUnit | undefined;
  /** Label matchers for every selector, such as `job="alumiini"`. Default: none. */
  readonly selector?: string | undefined;
  /** Labels that tell installations apart. Default `cluster`, `namespace` and `job`. */
  readonly by?: readonly string[] | undefined;
  /**
   * As given to `prometheusSubscriber`: with `repo_namespace`, repositories of one name in several namespaces are judged
   * and named apart; with `cluster`, so are installations. `branch` and `commit` change nothing. Default: none.
   */
  readonly optInLabels?: readonly OptInLabel[] | undefined;
  /**
   * Seconds between two evaluations, a whole number from 5 to 60. Windows are sums over evaluations: a group must not be
   * given another interval afterwards. Default 30.
   */
  readonly evaluationSeconds?: number | undefined;
  /** Labels to add to every alert, such as `{ team: "platform" }`. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Where the runbooks are; `/<name>.md` follows. */
  readonly runbookBaseUrl?: string | undefined;
}

/** One group of rules as Prometheus reads it. */
export interface RuleGroup {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly (AlertRule | RecordingRule)[];
}

/** Where the runbooks are unless told otherwise. */
export const RUNBOOK_BASE_URL = "https://github.com/alumiini/telemetry/blob/main/docs/runbooks";

/** Labels that tell installations apart unless told otherwise. */
const INSTALLATION = ["cluster", "namespace", "job"];
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Label matchers as they stand between the braces of a selector. */
const MATCHERS =
  /^(?:(?:^|(?!^),)\s*[a-zA-Z_][a-zA-Z0-9_]*\s*(?:=~|!~|!=|=)\s*(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')\s*)*$/;

const NO_OPT_INS: readonly OptInLabel[] = [];
const NO_LABELS: Readonly<Record<string, string>> = {};

/** What makes the queries, checked. */
const QUERY_RULES = {
  durationUnit: oneOf<DurationUnit, DurationUnit>(["milliseconds", "seconds"], "milliseconds"),
  selector: value('label matchers, such as job="gitops"', isMatchers, ""),
  by: value("a list of label names", isLabelNames, INSTALLATION),
  optInLabels: listOf(OPT_IN_LABELS, NO_OPT_INS),
  evaluationSeconds: wholeNumber(5, 60, EVALUATION_SECONDS),
} satisfies RulesFor<QueryOptions>;

const RULES = {
  ...QUERY_RULES,
  slos: { expected: "objectives", read: (given: unknown) => readSlos(given) },
  labels: value("an object of texts", isTexts, NO_LABELS),
  runbookBaseUrl: text(RUNBOOK_BASE_URL),
} satisfies RulesFor<RuleOptions>;

type QueryOptions = Pick<RuleOptions, "durationUnit" | "selector" | "by" | "optInLabels" | "evaluationSeconds">;

/**
 * Makes all rules: what is recorded, and the alerts.
 *
 * @throws {OptionError} for an option that is unknown or can't be used, such as a selector that holds anything but
 * matchers.
 */
export function ruleGroups(options: RuleOptions = {}): readonly RuleGroup[] {
  const { slos, labels, runbookBaseUrl, ...queryOptions } = readOptions("ruleGroups", options, RULES);
  for (const name of Object.keys(labels)) {
    if (!LABEL_NAME.test(name)) throw new OptionError("ruleGroups", `labels.${name}`, "is not a valid label name");
  }
  const query = queryFor(queryOptions);
  const interval = `${query.evaluationSeconds}s`;
  const alerts = [
    ...thresholdAlerts(query, slos),
    ...repositoryAlerts(query, slos),
    ...sinkAlerts(query, slos),
    ...ingestAlerts(query),
    ...controllerAlerts(query, slos),
    ...burnAlerts(query, slos),
  ];
  return [
    { name: "alumiini_slos", interval, rules: recordings(query, slos) },
    { name: "alumiini_alerts", interval, rules: alerts.map((alert) => toRule(alert, labels, runbookBaseUrl)) },
  ];
}

/**
 * The writer of queries that the options ask for.
 *
 * @throws {OptionError} for an option that is unknown or can't be used.
 */
export function queryFor(options: QueryOptions): Query {
  const { by, optInLabels, ...others } = readOptions("ruleGroups", options, QUERY_RULES);
  const isNew = optInLabels.includes("cluster") && !by.includes("cluster");
  return new Query({
    ...others,
    by: isNew ? ["cluster", ...by] : by,
    repository: optInLabels.includes("repo_namespace") ? ["repo_name", "repo_namespace"] : ["repo_name"],
  });
}

function toRule(alert: Alert, labels: Readonly<Record<string, string>>, runbookBaseUrl: string): AlertRule {
  const { name, expr, keepFiringFor, severity, summary, description, runbook = name } = alert;
  return {
    alert: name,
    expr,
    for: alert.for,
    ...(keepFiringFor !== undefined && { keep_firing_for: keepFiringFor }),
    labels: { ...labels, ...alert.labels, severity },
    annotations: { summary, description, runbook_url: `${runbookBaseUrl.replace(/\/$/, "")}/${runbook}.md` },
  };
}

function isMatchers(given: unknown): given is string {
  return typeof given === "string" && MATCHERS.test(given);
}

function isLabelNames(given: unknown): given is readonly string[] {
  return Array.isArray(given) && given.every((name) => typeof name === "string" && LABEL_NAME.test(name));
}

function isTexts(given: unknown): given is Readonly<Record<string, string>> {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return false;
  return Object.values(given).every((one) => typeof one === "string");
}
