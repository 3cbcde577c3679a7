/** Reasons of evidence in words; an unknown one is shown as it is. */
const REASONS: Readonly<Record<string, string>> = {
  cancelled: "Cancelled",
  commit_after_deployment: "Committed after its deployment (clocks or a rebase)",
  commit_time_unknown: "Commit time unknown",
  failed: "Failed",
  failed_after_change: "Failed after changing something",
  failed_before_change: "Failed before changing anything",
  failed_at_same_revision: "Failed at the revision that ran already",
  first_seen: "First ones seen, so nothing to compare with",
  good: "Good",
  heartbeat: "Heartbeats without a change",
  not_recording: "The history was not recording",
  marked_unplanned: "Marked as unplanned",
  no_duration: "No duration reported",
  outcome_unknown: "Outcome unknown",
  repairs_failed: "Repairs a failed deployment",
  reported_twice: "Reported twice",
  restarted: "Restarted",
  revision_unknown: "Revision unknown",
  retry: "Retries of the same revision",
  rolled_back: "Rolled back",
  rolls_back: "Rolls back",
  rollout_rolled_back: "The rollout was rolled back",
  source_silent: "Nothing received",
  too_slow: "Too slow",
  unknown_whether_changed: "Nothing tells whether it changed anything",
  not_json: "not JSON",
  unknown_form: "no known form of event",
  invalid_event: "invalid events",
  too_large: "too large",
  unreadable: "unreadable bodies",
  signature: "wrong signatures",
};

export function reasonWords(reason: string): string {
  return REASONS[reason] ?? reason.replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase());
}
