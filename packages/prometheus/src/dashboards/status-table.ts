import type { Panel } from "./panel.js";
import type { PanelQueries } from "./queries.js";

/** What the column of states shows, by the number that its query answers with. */
const STATES = [
  { text: "in sync", color: "green" },
  { text: "out of sync", color: "yellow" },
  { text: "failing", color: "red" },
  { text: "suspended", color: "blue" },
  { text: "unknown", color: "text" },
] as const;

/** A row for each repository: where it stands, what it runs, how its last sync ended. */
export function statusTable(queries: PanelQueries): Panel {
  const each = (metric: Parameters<PanelQueries["eachRepository"]>[1]) => queries.eachRepository("max", metric);
  const failures = each("alumiini_sync_consecutive_failures");
  const lastSuccess = each("alumiini_sync_last_success_timestamp_seconds");
  // The first that holds: suspended, failing, then in or out of sync; what is only registered is unknown.
  const state = `(${each("alumiini_repository_suspended")} == 1) * 0 + 3
or (${failures} > 0) * 0 + 2
or ${each("alumiini_repo_out_of_sync")}
or ${lastSuccess} * 0 + 4`;
  return {
    title: "Repositories, the worst first",
    description: "State, age of the last success, failures in a row, revision, and how the last sync ended.",
    kind: "table",
    unit: "short",
    queries: [
      { expr: state, legend: "state" },
      { expr: `time() - (${lastSuccess} > 0)`, legend: "last success" },
      { expr: `${failures} > 0`, legend: "failures" },
      { expr: `1000 * ${queries.lastEnd()}`, legend: "last sync" },
      { expr: queries.revision(), legend: "revision" },
    ],
    columns: [
      { field: "Value #A", title: "State", states: STATES },
      { field: "repo_name", title: "Repository", link: "repository" },
      { field: "Value #B", title: "Last success", unit: "s" },
      { field: "Value #C", title: "Failures in a row" },
      { field: "Value #D", title: "Last sync", unit: "dateTimeFromNow" },
      { field: "trigger", title: "Trigger" },
      { field: "outcome", title: "Outcome" },
      { field: "error_type", title: "Last error" },
      { field: "branch", title: "Branch" },
      { field: "commit", title: "Commit" },
      { field: "Value #E" },
    ],
    sortBy: { title: "Failures in a row", descending: true },
    width: 24,
    height: 12,
  };
}
