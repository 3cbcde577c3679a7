/** A finished sync, as far as deployments follow from it. Times are milliseconds since the Unix epoch. */
export interface FinishedSync {
  readonly cluster: string;
  readonly namespace: string;
  readonly repo: string;
  readonly environment: string | null;
  readonly sync: string;
  readonly event_id: string;
  readonly ended_at: number;
  /** `succeeded`, `failed`, `timed_out`. */
  readonly outcome: string;
  readonly error_type: string | null;
  readonly revision: string | null;
  readonly previous_revision: string | null;
  /** Whether a failed one changed something; null if unknown. */
  readonly touched: boolean | null;
  readonly rework: boolean | null;
  readonly rollback: boolean;
  readonly committed_at: number | null;
  readonly rollout_ref: string | null;
  readonly trigger_by: string | null;
}

/** Why a deployment counts as failed. */
export type FailureReason = "failed_after_change" | "rolled_back" | "rollout_rolled_back";

export interface Failure {
  readonly reason: FailureReason;
  readonly at: number;
  /** When a good state was reached again; null where it was not yet. */
  recoveredAt: number | null;
  /** The revision that runs since then. */
  recoveredBy: string | null;
}

/** A change of what runs. */
export interface Deployment {
  readonly cluster: string;
  readonly namespace: string;
  readonly repo: string;
  readonly sync: string;
  readonly eventId: string;
  readonly at: number;
  readonly revision: string | null;
  readonly errorType: string | null;
  /** When it ran completely: at once, or after a retry. */
  succeededAt: number | null;
  committedAt: number | null;
  failure: Failure | null;
  /** It went back to a revision that ran before; this is the one that it replaced. */
  readonly rollsBack: string | null;
  readonly isRollback: boolean;
  /** The failed revision that it is the first new one after. */
  readonly repairs: string | null;
  readonly isRepair: boolean;
  /** What the source says of planned and unplanned work; null where it says nothing. */
  readonly rework: boolean | null;
  readonly rolloutRef: string | null;
}

/** Why a finished sync is not a deployment. `unknown_whether_changed`, `revision_unknown`: no event says. */
export type LeftOutReason =
  | "heartbeat"
  | "first_seen"
  | "failed_before_change"
  | "failed_at_same_revision"
  | "retry"
  | "unknown_whether_changed"
  | "revision_unknown"
  | "reported_twice";

export interface LeftOut {
  readonly reason: LeftOutReason;
  readonly at: number;
  readonly eventId: string;
}

export interface Folded {
  readonly deployments: readonly Deployment[];
  readonly leftOut: readonly LeftOut[];
  /** Whether nothing has failed that a further success could complete or repair. */
  readonly settled: boolean;
  /** What runs at the end, and every revision that ever did. */
  readonly current: string | null;
  readonly seen: readonly string[];
}

/** What ran before the first sync that is given. */
export interface Baseline {
  readonly revision: string | null;
  readonly seen: readonly string[];
}

/**
 * The deployments of one repository in one environment, from its finished syncs. The order of `syncs` has no influence:
 * they are sorted by their end.
 */
export function foldDeployments(syncs: readonly FinishedSync[], baseline?: Baseline): Folded {
  const fold = new Fold(baseline);
  const inOrder = [...syncs].sort(
    (a, b) => a.ended_at - b.ended_at || (a.sync < b.sync ? -1 : a.sync > b.sync ? 1 : 0),
  );
  for (const sync of inOrder) fold.take(sync);
  return fold.result();
}

class Fold {
  readonly #deployments: Deployment[] = [];
  readonly #leftOut: LeftOut[] = [];
  readonly #seen: Set<string>;
  #current: string | null;
  /** The deployment that brought what runs now. */
  #currentDeployment: Deployment | undefined;
  /** The attempt that changed something and failed, which a retry may complete. */
  #attempt: { readonly revision: string | null; readonly deployment: Deployment | undefined } | undefined;
  #failing: Deployment[] = [];

  constructor(baseline: Baseline = { revision: null, seen: [] }) {
    this.#current = baseline.revision;
    this.#seen = new Set(baseline.seen);
    if (baseline.revision !== null) this.#seen.add(baseline.revision);
  }

  result(): Folded {
    return {
      deployments: this.#deployments,
      leftOut: this.#leftOut,
      settled: this.#attempt === undefined && this.#failing.length === 0,
      current: this.#current,
      seen: [...this.#seen],
    };
  }

  take(sync: FinishedSync): void {
    const leftOut = sync.outcome === "succeeded" ? this.#succeeded(sync) : this.#failed(sync);
    if (leftOut !== undefined) this.#leftOut.push(leftOut);
  }

  #failed(sync: FinishedSync): LeftOut | undefined {
    const { revision, touched } = sync;
    if (touched === false) return leave("failed_before_change", sync);
    if (revision !== null && revision === this.#current) return leave("failed_at_same_revision", sync);
    // It is tried again and again: the deployment failed once.
    if (this.#attempt !== undefined && this.#attempt.revision === revision) {
      // Whether the first try changed something was unknown; this one says that it did.
      if (this.#attempt.deployment !== undefined || touched === null) return leave("retry", sync);
    }
    if (touched === null) {
      this.#attempt = { revision, deployment: undefined };
      return leave("unknown_whether_changed", sync);
    }
    const failure: Failure = { reason: "failed_after_change", at: sync.ended_at, recoveredAt: null, recoveredBy: null };
    const deployment = this.#deploy(sync, { failure, succeededAt: null });
    this.#attempt = { revision, deployment };
    this.#failing.push(deployment);
    return undefined;
  }

  #succeeded(sync: FinishedSync): LeftOut | undefined {
    const { revision } = sync;
    const wasFailing = this.#failing;
    const attempt = this.#attempt;
    this.#attempt = undefined;
    this.#recover(sync);
    if (revision === null) return leave("revision_unknown", sync);
    const previous = sync.previous_revision ?? this.#current;
    if (attempt?.deployment !== undefined && attempt.revision === revision) {
      attempt.deployment.succeededAt = sync.ended_at;
      attempt.deployment.committedAt ??= sync.committed_at;
      this.#run(revision, attempt.deployment);
      return leave("retry", sync);
    }
    if (revision === previous) {
      this.#run(revision, this.#current === revision ? this.#currentDeployment : undefined);
      return leave("heartbeat", sync);
    }
    // A controller that starts finds what was deployed before, and deploys nothing.
    if (previous === null && sync.trigger_by === "startup") {
      this.#run(revision, undefined);
      return leave("first_seen", sync);
    }
    const isRollback = sync.rollback || this.#seen.has(revision);
    if (isRollback) this.#rolledBack(sync, previous);
    const [repaired] = isRollback ? [] : wasFailing;
    const deployment = this.#deploy(sync, {
      failure: null,
      succeededAt: sync.ended_at,
      isRollback,
      rollsBack: isRollback ? previous : null,
      isRepair: repaired !== undefined,
      repairs: repaired?.revision ?? null,
    });
    if (previous !== null) this.#seen.add(previous);
    this.#run(revision, deployment);
    return undefined;
  }

  /** What ran until now turned out bad. */
  #rolledBack(sync: FinishedSync, previous: string | null): void {
    const replaced = this.#currentDeployment;
    if (replaced === undefined || replaced.revision !== previous || replaced.failure !== null) return;
    replaced.failure = {
      reason: "rolled_back",
      at: replaced.succeededAt ?? replaced.at,
      recoveredAt: sync.ended_at,
      recoveredBy: sync.revision,
    };
  }

  #recover({ ended_at: endedAt, revision }: FinishedSync): void {
    for (const { failure } of this.#failing) {
      if (failure === null) continue;
      failure.recoveredAt = endedAt;
      failure.recoveredBy = revision;
    }
    this.#failing = [];
  }

  #run(revision: string, deployment: Deployment | undefined): void {
    this.#seen.add(revision);
    this.#current = revision;
    this.#currentDeployment = deployment;
  }

  #deploy(sync: FinishedSync, more: Pick<Deployment, "failure" | "succeededAt"> & Partial<Deployment>): Deployment {
    const deployment: Deployment = {
      cluster: sync.cluster,
      namespace: sync.namespace,
      repo: sync.repo,
      sync: sync.sync,
      eventId: sync.event_id,
      at: sync.ended_at,
      revision: sync.revision,
      errorType: sync.error_type,
      committedAt: sync.committed_at,
      rollsBack: null,
      isRollback: false,
      repairs: null,
      isRepair: false,
      rework: sync.rework,
      rolloutRef: sync.rollout_ref,
      ...more,
    };
    this.#deployments.push(deployment);
    return deployment;
  }
}

function leave(reason: LeftOutReason, { ended_at: at, event_id: eventId }: FinishedSync): LeftOut {
  return { reason, at, eventId };
}

/** A rollout controller's word that it rolled back. */
export interface RolledBackRollout {
  /** `<namespace>/<name>`. */
  readonly ref: string;
  /** The rollout and its generation: one run is rolled back once, whatever is reported of it. */
  readonly run: string;
  readonly at: number;
  readonly eventId: string;
}

/** The clocks of two machines differ. */
const TOLERANCE_MS = 5_000;

/**
 * The deployments, with those marked as failed whose rollout was rolled back: the newest that handed it over before. A
 * deployment fails once, however often that is reported; the further reports are left out.
 */
export function withRolledBackRollouts(
  deployments: readonly Deployment[],
  rollbacks: readonly RolledBackRollout[],
): { deployments: readonly Deployment[]; leftOut: readonly LeftOut[] } {
  if (rollbacks.length === 0) return { deployments, leftOut: [] };
  const byRef = new Map<string, Deployment[]>();
  for (const deployment of deployments) {
    if (deployment.rolloutRef === null || deployment.succeededAt === null) continue;
    byRef.set(deployment.rolloutRef, [...(byRef.get(deployment.rolloutRef) ?? []), deployment]);
  }
  for (const list of byRef.values()) list.sort((a, b) => a.at - b.at);
  const leftOut: LeftOut[] = [];
  const failures = new Map<Deployment, Failure>();
  const runs = new Set<string>();
  for (const { ref, run, at, eventId } of [...rollbacks].sort(
    (a, b) => a.at - b.at || (a.eventId < b.eventId ? -1 : 1),
  )) {
    if (runs.has(run)) continue;
    runs.add(run);
    const found = byRef.get(ref)?.findLast((deployment) => deployment.at <= at + TOLERANCE_MS);
    if (found === undefined) continue;
    if (found.failure !== null || failures.has(found)) {
      leftOut.push({ reason: "reported_twice", at, eventId });
      continue;
    }
    failures.set(found, {
      reason: "rollout_rolled_back",
      at: found.succeededAt ?? found.at,
      // The rollout controller itself went back to what ran before.
      recoveredAt: Math.max(at, found.succeededAt ?? found.at),
      recoveredBy: null,
    });
  }
  const marked = deployments.map((deployment) => {
    const failure = failures.get(deployment);
    return failure === undefined ? deployment : { ...deployment, failure };
  });
  return { deployments: marked, leftOut };
}
