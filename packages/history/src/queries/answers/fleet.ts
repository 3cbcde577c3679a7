import type { Millis, Page, PageInput, RepositoryId, Scope } from "./common.js";
import type { FleetState, OutcomeMark } from "./states.js";

/** What `fleet` takes. Default limit 100. */
export interface FleetInput extends Scope, PageInput {
  /** Only repositories in one of these states. */
  readonly states?: readonly FleetState[] | undefined;
  /** Part of the name, namespace, revision or last error, in any case. */
  readonly search?: string | undefined;
  /** `state` (default): worst first, then the newest change of state. `name`: cluster, namespace, name. */
  readonly sort?: "state" | "name" | undefined;
  /** Without a success for longer, a repository is stale. Default 3,600. */
  readonly staleAfterSeconds?: number | undefined;
  /** Under way for longer, a sync is stuck. Default 900. */
  readonly stuckAfterSeconds?: number | undefined;
}

/** Why a repository is in its state, as data: the page and the terminal put it into words. */
export interface FleetReason {
  readonly code:
    | "sync_failed"
    | "sync_timed_out"
    | "under_way_too_long"
    | "drift_open"
    | "no_recent_success"
    | "no_outcome_seen"
    | "suspended"
    | "under_way"
    | "healthy";
  readonly errorType: string | null;
  /** Free of credentials; at most 8,192 characters. */
  readonly errorMessage: string | null;
  /** The object that differs from git, one of them where there are more. */
  readonly resourceKey: string | null;
  readonly trigger: string | null;
}

/** A repository in its present state. */
export interface FleetRow extends RepositoryId {
  readonly environment: string | null;
  /** The source that reported it last: `alumiini`, `flux`, `argocd`, `github`, … */
  readonly source: string | null;
  readonly repoUrl: string | null;
  readonly branch: string | null;
  readonly state: FleetState;
  /** Since when it is in this state; null where nothing tells. */
  readonly since: Millis | null;
  readonly why: FleetReason;
  /** The revision that the last successful sync applied. */
  readonly runningRevision: string | null;
  /** The newest revision that was fetched, attempted or announced, where it differs from the running one. */
  readonly wantedRevision: string | null;
  /** The newest 12 syncs, oldest first. */
  readonly lastOutcomes: readonly OutcomeMark[];
  readonly lastSuccessAt: Millis | null;
  readonly lastFailureAt: Millis | null;
  /** When the sync under way began; null when none is. */
  readonly syncStartedAt: Millis | null;
  readonly lastSyncId: string | null;
  /** Objects that differ from git and were not corrected. */
  readonly driftedResources: number;
  /** When it was read that the repository is suspended; null when it is not, or nothing tells. */
  readonly suspendedAsOf: Millis | null;
  readonly lastEventAt: Millis | null;
}

/** A value of a scope, with the number of repositories that have it. */
export interface ScopeValue {
  readonly value: string;
  readonly repositories: number;
}

/** What `fleet` returns. */
export interface FleetAnswer extends Page<FleetRow> {
  /** Repositories by state within the scope; `states` and `search` do not change them. */
  readonly counts: Readonly<Record<FleetState, number>>;
  /** Repositories within the scope. */
  readonly total: number;
  /** Repositories that `states` and `search` leave. */
  readonly matching: number;
  readonly staleAfterSeconds: number;
  readonly stuckAfterSeconds: number;
  /** What can be put into a scope: at most 200 values each, the most frequent first. */
  readonly scopes: {
    readonly clusters: readonly ScopeValue[];
    readonly environments: readonly ScopeValue[];
    readonly namespaces: readonly ScopeValue[];
  };
}
