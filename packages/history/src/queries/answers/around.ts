import type { Answer, Millis, RepositoryId } from "./common.js";
import type { StoredEvent } from "./events.js";
import type { SyncRow } from "./syncs.js";

/** What `around` takes: an event, or a repository (or only a cluster) and a time. */
export interface AroundInput extends Partial<RepositoryId> {
  readonly eventId?: string | undefined;
  readonly at?: Millis | undefined;
  /** To both sides. 1 to 86,400,000; default 900,000. */
  readonly windowMs?: number | undefined;
  /** Matches, 1 to 500. Default 200. */
  readonly limit?: number | undefined;
}

/**
 * How sure it is that two events belong together, best first. `exact`: same trace, sync, rollout (uid and generation) or
 * repository. `strong`: same remote and process. `likely`: same object, or namespace written. `nearby`: same cluster
 * within the window, and no more.
 */
export const MATCH_GRADES = ["exact", "strong", "likely", "nearby"] as const;

/** One of {@link MATCH_GRADES}. */
export type MatchGrade = (typeof MATCH_GRADES)[number];

/** Why an event is listed. */
export interface MatchReason {
  readonly code:
    | "same_trace"
    | "same_sync"
    | "same_rollout"
    | "same_repository"
    | "same_remote_and_process"
    | "same_remote"
    | "same_object"
    | "dependency_path"
    | "same_namespace"
    | "same_cluster";
  /** One sentence part in plain English: `same remote 127.0.0.1:9418 and pid 4711, 40 ms apart`. */
  readonly text: string;
  /** What is the same: the trace id, the object's key, … */
  readonly value: string | null;
}

/** An event that belongs to a moment, or lies near it. */
export interface Match {
  readonly event: StoredEvent;
  /** From the moment; negative before it. */
  readonly offsetMs: number;
  readonly grade: MatchGrade;
  readonly reason: MatchReason;
  /** A sync that succeeded and changed nothing. Within a grade these come last. */
  readonly routine: boolean;
}

/** Something that the answer can't tell. */
export interface NotKnown {
  readonly code: "not_recording" | "source_silent" | "stream_gap" | "future" | "expired" | "truncated" | "no_foreign";
  /** One plain sentence. */
  readonly text: string;
  readonly since: Millis | null;
  readonly until: Millis | null;
}

/** What `around` returns. */
export interface AroundAnswer extends Answer {
  /** The moment that was asked for. */
  readonly at: Millis;
  readonly windowMs: number;
  /** Null where the question named no repository, or an event of none. */
  readonly repository: RepositoryId | null;
  /** What the repository ran at the moment. */
  readonly runningRevision: string | null;
  /** The newest revision wanted at the moment, where another. */
  readonly wantedRevision: string | null;
  /** The failed sync of the repository that is nearest to the moment, within the window. */
  readonly nearestFailure: SyncRow | null;
  /** Best grade first, then nearest. */
  readonly matches: readonly Match[];
  readonly notKnown: readonly NotKnown[];
}
