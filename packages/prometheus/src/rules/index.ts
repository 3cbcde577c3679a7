export type { AlertRule, Severity } from "./alert.js";
export { type ManifestOptions, prometheusRuleYaml, rulesYaml, serviceMonitorYaml } from "./documents.js";
export type { RecordingRule } from "./recordings.js";
export { RUNBOOK_BASE_URL, type RuleGroup, type RuleOptions, ruleGroups } from "./rule-groups.js";
export {
  DEFAULT_SLOS,
  defineSlos,
  type LatencySlo,
  type LevelSlo,
  type RatioSlo,
  type SloOverrides,
  type Slos,
} from "./slos.js";
