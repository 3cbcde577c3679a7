import { factsOf } from "../../projections/facts.js";
import type { EventRow } from "../../projections/tables.js";

/** Whether it is a sync that succeeded and changed nothing: it happened near by because it happens all the time. */
export function isRoutine(row: EventRow): boolean {
  if (row.type !== "sync_completed" || row.outcome !== "success") return false;
  const facts = factsOf(row);
  if (facts === undefined) return false;
  if (facts.resourcesApplied !== null) return facts.resourcesApplied === 0;
  return facts.trigger === "reconcile" || (row.revision !== null && facts.previousRevision === row.revision);
}
