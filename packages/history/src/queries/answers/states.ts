import type { Millis } from "./common.js";

/**
 * The states of a repository, worst first: this order is the rank, the order of chips, the sort and the command line's.
 * The first that fits counts, but a suspended repository is `suspended` whatever came before.
 */
export const FLEET_STATES = [
  "failing",
  "stuck",
  "drifted",
  "stale",
  "no_data",
  "suspended",
  "syncing",
  "healthy",
] as const;

/** One of {@link FLEET_STATES}. */
export type FleetState = (typeof FLEET_STATES)[number];

/**
 * How a sync ended. `rolled_back`: it succeeded by going back to a revision that ran before, or a rollout that it began
 * was rolled back. `unknown`: it ended and nothing tells how; a cancelled one (its `errorType` is `cancelled`) too.
 */
export const SYNC_OUTCOMES = ["succeeded", "failed", "timed_out", "rolled_back", "under_way", "unknown"] as const;

/** One of {@link SYNC_OUTCOMES}. */
export type SyncOutcome = (typeof SYNC_OUTCOMES)[number];

/** One mark of "last 12 syncs". */
export interface OutcomeMark {
  readonly syncId: string;
  readonly at: Millis;
  readonly outcome: SyncOutcome;
}
