/** Successful syncs of each repository per second, over five minutes. None where there were none. */
export const GOOD_SYNCS = "alumiini:repo_syncs_good:rate5m";
/** Failed syncs of each repository per second, over five minutes. None where there were none. */
export const BAD_SYNCS = "alumiini:repo_syncs_bad:rate5m";
/** Times that a repository's syncs went from failing to succeeding, per second, over five minutes. None where there were none. */
export const RECOVERIES = "alumiini:repo_recoveries:rate5m";
/** When a repository was last synced successfully, by any replica; 0 before its first success. */
export const LAST_SUCCESS = "alumiini:repo_last_success:max";
/** What an indicator judges, per second, over five minutes; its label `slo` names the indicator. */
export const JUDGED = "alumiini:judged:rate5m";
/** What of it was bad. None where nothing was. */
export const JUDGED_BAD = "alumiini:judged_bad:rate5m";
/** The bad part of what happened lately, over a window that fits the traffic. */
export const RECENT = "alumiini:slo_error:ratio_recent";
/** 1 while an installation has metrics, 0 while it is missed. */
export const CONTROLLER_UP = "alumiini:controller_up";

/** The windows that the bad part of indicators is recorded over. */
export const WINDOWS = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"] as const;
export type Window = (typeof WINDOWS)[number];

/** The name of the bad part within the window. */
export function recordName(window: Window): string {
  return `alumiini:slo_error:ratio_rate${window}`;
}

/** The values of the label `slo`. Those below the fourth have a threshold and no error budget. */
export type IndicatorName =
  | "sync-success"
  | "sync-latency"
  | "git-fetch-latency"
  | "apply-latency"
  | "sync-latency-p99"
  | "git-fetch-latency-p99"
  | "apply-latency-p99"
  | "cache-hit-rate"
  | "sink-delivery";

/** What is recorded of an indicator: `name{slo="…"}`. */
export function judged(name: string, slo: IndicatorName): string {
  return `${name}{slo="${slo}"}`;
}
