import type { Answer, Millis, Range, RangeInput, RepositoryId, Scope, UnobservedSpan } from "./common.js";
import type { FleetState, SyncOutcome } from "./states.js";

/** What `timeline` takes. Default: the last 2 hours. */
export interface TimelineInput extends Scope, RangeInput {
  /** 1 to 240. Default 120. */
  readonly buckets?: number | undefined;
  /** Lanes of repositories, worst first: 0 to 40. Default 40. */
  readonly lanes?: number | undefined;
}

/** What one bucket holds. Buckets without anything are left out. */
export interface TimelineBucket {
  /** Its start. */
  readonly at: Millis;
  readonly succeeded: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly underWay: number;
  readonly unknown: number;
  /** Drifts detected. */
  readonly drifts: number;
  /** Events of other systems. */
  readonly others: number;
}

/** One line of the timeline: a repository, or another system. */
export interface TimelineLane {
  /** Null for the lane of another system. */
  readonly repository: RepositoryId | null;
  /** The repository's state now; null for the lane of another system. */
  readonly state: FleetState | null;
  /** `tapio`, `kulta`, …; null for a repository. */
  readonly system: string | null;
  readonly buckets: readonly TimelineBucket[];
}

/** A single event on the timeline. */
export interface TimelineMark {
  readonly at: Millis;
  /** Set for syncs that are still under way or took long: where the bar ends. */
  readonly endedAt: Millis | null;
  /** Index into `lanes`. */
  readonly lane: number;
  readonly kind: "sync" | "drift" | "other";
  readonly outcome: SyncOutcome;
  readonly syncId: string | null;
  readonly eventId: string;
  readonly title: string;
  readonly errorType: string | null;
  readonly revision: string | null;
  readonly durationMs: number | null;
}

/** What `timeline` returns. */
export interface TimelineAnswer extends Answer, Range {
  readonly bucketMs: number;
  /** All repositories in scope together, also those without a lane. */
  readonly buckets: readonly TimelineBucket[];
  readonly lanes: readonly TimelineLane[];
  /** Repositories with something in the range. */
  readonly repositories: number;
  /** Syncs in the range. */
  readonly syncs: number;
  /** Of those, failed or timed out. */
  readonly failed: number;
  /** One for each event of the lanes, oldest first, when there are at most 500; null when there are more. */
  readonly marks: readonly TimelineMark[] | null;
  readonly notObserved: readonly UnobservedSpan[];
}
