import type { Match, NotKnown } from "./around.js";
import type { Answer, Millis, RepositoryId } from "./common.js";
import type { StoredEvent } from "./events.js";
import type { OutcomeMark, SyncOutcome } from "./states.js";
import type { SyncRow } from "./syncs.js";

/** What `sync` takes. The repository is needed only where two repositories use the same id. */
export interface SyncInput extends Partial<RepositoryId> {
  readonly syncId: string;
  /** Events of other systems from so long before its start to so long after its end. Default 300,000. */
  readonly windowMs?: number | undefined;
}

/** A row of the waterfall. */
export interface SyncStep {
  /** `gap`: nothing was reported in this time; computed, no event says it. */
  readonly kind: "webhook" | "sync" | "git" | "apply" | "drift" | "worker" | "gap";
  /** The event type that ended or is it; null for a gap. */
  readonly type: string | null;
  readonly startedAt: Millis | null;
  readonly endedAt: Millis | null;
  readonly durationMs: number | null;
  /** From the start of the sync; negative before it. */
  readonly offsetMs: number;
  /** False where the source reports whole seconds only, or the start is computed from the duration. */
  readonly precise: boolean;
  readonly outcome: SyncOutcome;
  readonly errorType: string | null;
  readonly errorMessage: string | null;
  readonly resourceKey: string | null;
  readonly resourcesApplied: number | null;
  readonly eventIds: readonly string[];
}

/** A step of a rollout that followed the sync: a band with an axis of its own. */
export interface RolloutStep {
  readonly at: Millis;
  readonly phase: string;
  readonly strategy: string | null;
  readonly index: number | null;
  readonly total: number | null;
  /** Percent. */
  readonly trafficWeight: number | null;
  /** Why, in the rollout controller's words. */
  readonly reason: string | null;
  readonly eventId: string;
}

/** A Kubernetes object that the sync wrote. */
export interface SyncResource {
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
}

/** What `sync` returns. All but `asOf` is empty or null where no such sync is known. */
export interface SyncAnswer extends Answer {
  readonly sync: SyncRow | null;
  /** In order of their start. */
  readonly steps: readonly SyncStep[];
  /** At most 1,000. */
  readonly resources: readonly SyncResource[];
  /** Its own events, oldest first; at most 1,000. */
  readonly events: readonly StoredEvent[];
  readonly rollout: readonly RolloutStep[];
  /** Events of other systems around it, best match first; at most 200. */
  readonly around: readonly Match[];
  readonly notKnown: readonly NotKnown[];
  /** The sync before and after it in the same repository. */
  readonly previousSyncId: string | null;
  readonly nextSyncId: string | null;
  /** The newest 12 of the repository, up to this one, oldest first. */
  readonly lastOutcomes: readonly OutcomeMark[];
  /** Other repositories with the same error type within 10 minutes. At most 20. */
  readonly sameError: readonly (RepositoryId & { readonly syncId: string; readonly at: Millis })[];
}
