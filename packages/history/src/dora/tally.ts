import type { Deployment } from "./deployments.js";

/**
 * What the measures count of some deployments. One pass fills it for all five, and nothing is made for what is only
 * counted: the deployments of a year of a large fleet do not fit into a cache, so each look at all of them takes
 * milliseconds.
 */
export class Tally {
  deployments = 0;
  /** Deployments of a new revision, and how many of them have no commit time. */
  changes = 0;
  commitUnknown = 0;
  /** Why the others have no lead time. */
  readonly noLeadTime = { rollback: 0, never_ran: 0, commit_after_deployment: 0 };
  readonly leadTimes: number[] = [];
  readonly failed: Deployment[] = [];
  readonly rework: Deployment[] = [];
  /** Those whose source says whether they were planned. */
  marked = 0;

  add(deployment: Deployment): void {
    this.deployments++;
    this.#addLeadTime(deployment);
    if (deployment.failure !== null) this.failed.push(deployment);
    if (deployment.rework !== null) this.marked++;
    if (reworkReason(deployment) !== null) this.rework.push(deployment);
  }

  #addLeadTime(deployment: Deployment): void {
    const { succeededAt, committedAt, isRollback } = deployment;
    if (isRollback) this.noLeadTime.rollback++;
    if (succeededAt === null) this.noLeadTime.never_ran++;
    if (succeededAt === null || isRollback) return;
    this.changes++;
    const leadTime = leadTimeOf(deployment);
    if (leadTime !== null) this.leadTimes.push(leadTime);
    else if (committedAt === null) this.commitUnknown++;
    else this.noLeadTime.commit_after_deployment++;
  }
}

/** Going back to an old commit is no change on its way to run. */
export function leadTimeOf({ succeededAt, committedAt, isRollback }: Deployment): number | null {
  if (succeededAt === null || committedAt === null || isRollback || succeededAt < committedAt) return null;
  return succeededAt - committedAt;
}

/** A source's word counts; without one, what rolls back or repairs a failed deployment was not planned. */
export function reworkReason({ rework, isRollback, isRepair }: Deployment): string | null {
  if (rework !== null) return rework ? "marked_unplanned" : null;
  if (isRollback) return "rolls_back";
  return isRepair ? "repairs_failed" : null;
}
