import type { Facts } from "./facts.js";
import type { DriftRow } from "./tables.js";

type Draft = { -readonly [K in keyof DriftRow]: DriftRow[K] };

/** Whether the event changes the drift of an object. */
export function isDrift({ row }: Facts): boolean {
  const corrected = row.type === "drift_corrected" && row.outcome === "success";
  return row.subject !== null && (row.type === "drift_detected" || corrected);
}

/** The row with what an event adds: the newest detection, and the newest correction. */
export function mergeDrift(old: DriftRow | undefined, facts: Facts): DriftRow {
  const { cluster, namespace, repo, row } = facts;
  const draft: Draft = old
    ? { ...old }
    : {
        cluster,
        namespace,
        repo,
        resource: row.subject ?? "",
        last_ts: row.ts,
        detected_at: null,
        detected_id: null,
        corrected_at: null,
        corrected_id: null,
      };
  draft.last_ts = Math.max(draft.last_ts, row.ts);
  if (row.type === "drift_detected") {
    if (isNewer(row.ts, row.event_id, draft.detected_at, draft.detected_id)) {
      draft.detected_at = row.ts;
      draft.detected_id = row.event_id;
    }
  } else if (isNewer(row.ts, row.event_id, draft.corrected_at, draft.corrected_id)) {
    draft.corrected_at = row.ts;
    draft.corrected_id = row.event_id;
  }
  return draft;
}

function isNewer(ts: number, id: string, than: number | null, thanId: string | null): boolean {
  return than === null || ts > than || (ts === than && id > (thanId ?? ""));
}
