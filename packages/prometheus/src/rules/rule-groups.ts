import type { DurationUnit } from "@alumiini/core/metrics";
import type { Alert, AlertRule } from "./alert.js";
import { recordName, WINDOWS, type Window } from "./burn.js";
import { indicators } from "./indicators.js";
import { burnAlerts, thresholdAlerts } from "./objective-alerts.js";
import { Query } from "./promql.js";
import { DEFAULT_SLOS, type Slos } from "./slos.js";
import { stateAlerts } from "./state-alerts.js";

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
  /** Labels to add to every alert, such as `{ team: "platform" }`. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Where the runbooks are; `/<name>.md` follows. */
  readonly runbookBaseUrl?: string | undefined;
}

/** One recording rule as Prometheus reads it. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** One group of rules as Prometheus reads it. */
export interface RuleGroup {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly (AlertRule | RecordingRule)[];
}

/** Where the runbooks are unless told otherwise. */
export const RUNBOOK_BASE_URL = "https://github.com/alumiini/telemetry/blob/main/docs/runbooks";

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Label matchers as they stand between the braces of a selector. */
const MATCHERS =
  /^(?:(?:^|(?!^),)\s*[a-zA-Z_][a-zA-Z0-9_]*\s*(?:=~|!~|!=|=)\s*(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')\s*)*$/;
/** Windows over which it takes a while to compute, and of which a minute more or less says nothing. */
const LONG_WINDOWS: readonly Window[] = ["1d", "3d"];

/**
 * Makes all rules: the indicators of the objectives over seven windows, and the alerts.
 *
 * @throws {TypeError} for the name of a label that can't be one, and a selector that holds anything but matchers.
 */
export function ruleGroups(options: RuleOptions = {}): readonly RuleGroup[] {
  const { slos = DEFAULT_SLOS, labels = {}, runbookBaseUrl = RUNBOOK_BASE_URL } = options;
  const query = queryFor(options);
  for (const name of Object.keys(labels)) requireLabelName(name);
  const alerts = [...thresholdAlerts(query, slos), ...stateAlerts(query, slos), ...burnAlerts(query, slos)];
  const recordings = (windows: readonly Window[]) =>
    indicators(query, slos).flatMap(({ name, badPart }) =>
      windows.map((window) => ({ record: recordName(window), expr: badPart(window), labels: { slo: name } })),
    );
  return [
    { name: "alumiini_slos", rules: recordings(WINDOWS.filter((window) => !LONG_WINDOWS.includes(window))) },
    // Below the five minutes after which Prometheus takes a series for gone.
    { name: "alumiini_slos_long", interval: "2m", rules: recordings(LONG_WINDOWS) },
    { name: "alumiini_alerts", rules: alerts.map((alert) => toRule(alert, labels, runbookBaseUrl)) },
  ];
}

/** The writer of queries that the options ask for. */
export function queryFor(options: Pick<RuleOptions, "durationUnit" | "selector" | "by">): Query {
  const { durationUnit = "milliseconds", selector = "", by = ["cluster", "namespace", "job"] } = options;
  for (const name of by) requireLabelName(name);
  if (!MATCHERS.test(selector)) {
    throw new TypeError(`ruleGroups: the selector must hold label matchers, such as job="gitops"; not ${selector}`);
  }
  return new Query({ durationUnit, selector, by });
}

function toRule(alert: Alert, labels: Readonly<Record<string, string>>, runbookBaseUrl: string): AlertRule {
  const { name, expr, severity, summary, description, runbook = name } = alert;
  return {
    alert: name,
    expr,
    for: alert.for,
    labels: { ...labels, ...alert.labels, severity },
    annotations: { summary, description, runbook_url: `${runbookBaseUrl.replace(/\/$/, "")}/${runbook}.md` },
  };
}

function requireLabelName(name: string): void {
  if (!LABEL_NAME.test(name)) throw new TypeError(`ruleGroups: ${JSON.stringify(name)} is no name of a label`);
}
