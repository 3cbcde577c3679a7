import type {
  Coverage,
  Evidence,
  EvidenceCount,
  EvidenceGap,
  Range,
  UnobservedSpan,
} from "../queries/answers/common.js";
import type { DoraItem, DoraMeasure, DoraMeasureName } from "../queries/answers/dora.js";
import { observedMs } from "../queries/observed.js";
import type { Deployment, LeftOut } from "./deployments.js";

const DAY_MS = 86_400_000;
/** Ids in an answer; `explain` lists all of them. */
const MAX_IDS = 1_000;

/** What the measures of one span rest on. */
export interface Basis {
  readonly range: Range;
  readonly deployments: readonly Deployment[];
  readonly leftOut: readonly LeftOut[];
  /** Further ones that were only counted, by reason. */
  readonly alsoLeftOut: readonly EvidenceCount[];
  readonly spans: readonly UnobservedSpan[];
  /** Only values and coverage are wanted, no evidence. */
  readonly brief: boolean;
}

/** A measure, with everything that it counts. */
export interface Measured {
  readonly measure: DoraMeasure;
  items(): readonly DoraItem[];
}

/** A deployment that counts, and why. */
interface Counted {
  readonly deployment: Deployment;
  readonly reason: string;
  readonly durationMs: number | null;
}

/** The five measures, by name. */
export const MEASURES: Readonly<Record<DoraMeasureName, (basis: Basis) => Measured>> = {
  deploymentFrequency,
  changeLeadTime,
  changeFailRate,
  failedDeploymentRecoveryTime,
  deploymentReworkRate,
};

function deploymentFrequency(basis: Basis): Measured {
  const { deployments, range, spans } = basis;
  const observed = observedMs(spans, range);
  const days = observed / DAY_MS;
  const unknown = countOf(basis, "revision_unknown");
  const items = () => deployments.map((each) => counted(each, "deployed", null));
  const onlyUnknown = deployments.length === 0 && unknown > 0;
  // A rate per day of some minutes would say more than was seen.
  const tooShort = observed < Math.min(DAY_MS, range.until - range.since);
  const value = tooShort || onlyUnknown ? null : deployments.length / days;
  return {
    items: () => items().map(itemOf),
    measure: {
      value,
      unit: "per_day",
      p90: null,
      why: value !== null ? null : onlyUnknown ? noRevision(unknown) : "Nothing was observed in this time.",
      coverage: {
        known: Math.round(days * 10) / 10,
        total: Math.round(((range.until - range.since) / DAY_MS) * 10) / 10,
        of: "days",
        observed: partOf(observed, range),
      },
      evidence: evidence(basis, {
        formula: `${deployments.length} / ${days.toFixed(1)} observed days`,
        items: basis.brief ? [] : items(),
        missing: unknown === 0 ? [] : [{ reason: "revision_unknown", count: unknown, since: null, until: null }],
      }),
    },
  };
}

function changeLeadTime(basis: Basis): Measured {
  const times: Counted[] = [];
  const durations: number[] = [];
  const left = { rollback: 0, never_ran: 0, commit_after_deployment: 0 };
  let changes = 0;
  let unknown = 0;
  for (const each of basis.deployments) {
    const { succeededAt, committedAt, isRollback } = each;
    if (isRollback) left.rollback++;
    if (succeededAt === null) left.never_ran++;
    // Going back to an old commit is no change on its way to run.
    if (succeededAt === null || isRollback) continue;
    changes++;
    if (committedAt === null) unknown++;
    else if (succeededAt < committedAt) left.commit_after_deployment++;
    else {
      durations.push(succeededAt - committedAt);
      if (!basis.brief) times.push(counted(each, "committed_to_running", succeededAt - committedAt));
    }
  }
  return timeMeasure(basis, durations, times, {
    coverage: coverageOf(basis, durations.length, changes, "deployments"),
    why: changes === 0 ? "Nothing was deployed in this time." : "No deployment tells when its commit was made.",
    formula: "median of end of the deployment - time of its commit",
    leftOut: counts(left),
    missing: missing({ commit_time_unknown: unknown }),
  });
}

function changeFailRate(basis: Basis): Measured {
  const { deployments } = basis;
  const unknown = countOf(basis, "unknown_whether_changed");
  const items: Counted[] = [];
  for (const each of deployments) if (each.failure !== null) items.push(counted(each, each.failure.reason, null));
  const value = deployments.length === 0 ? null : items.length / deployments.length;
  return {
    items: () => items.map(itemOf),
    measure: {
      value,
      unit: "ratio",
      p90: null,
      why: value === null ? "Nothing was deployed in this time." : null,
      coverage: coverageOf(basis, deployments.length, deployments.length + unknown, "deployments"),
      evidence: evidence(basis, {
        formula: `${items.length} / ${deployments.length}`,
        items,
        missing: missing({ unknown_whether_changed: unknown }),
      }),
    },
  };
}

function failedDeploymentRecoveryTime(basis: Basis): Measured {
  const failed = basis.deployments.filter(({ failure }) => failure !== null);
  let open = 0;
  let unseen = 0;
  const times = failed.flatMap((each) => {
    const { failure } = each;
    if (failure === null) return [];
    if (failure.recoveredAt === null) {
      open++;
      return [];
    }
    const span = { since: failure.at, until: Math.max(failure.at, failure.recoveredAt) };
    // Somewhere in between it may have recovered, and nobody saw it.
    if (observedMs(basis.spans, span) < span.until - span.since) {
      unseen++;
      return [];
    }
    return [counted(each, failure.reason, span.until - span.since)];
  });
  const durations = times.map(({ durationMs }) => durationMs ?? 0);
  return timeMeasure(basis, durations, times, {
    coverage: coverageOf(basis, times.length, failed.length, "failed deployments"),
    why: failed.length === 0 ? "No deployment failed in this time." : "No recovery was observed from start to end.",
    formula: "median of the next good state - the failure",
    leftOut: [],
    missing: missing({ not_recovered_yet: open, not_observed: unseen }),
  });
}

function deploymentReworkRate(basis: Basis): Measured {
  const { deployments } = basis;
  const items: Counted[] = [];
  for (const each of deployments) {
    const reason = reworkReason(each);
    if (reason !== null) items.push(counted(each, reason, null));
  }
  const marked = deployments.reduce((count, { rework }) => count + Number(rework !== null), 0);
  const value = deployments.length === 0 ? null : items.length / deployments.length;
  return {
    items: () => items.map(itemOf),
    measure: {
      value,
      unit: "ratio",
      p90: null,
      why: value === null ? "Nothing was deployed in this time." : null,
      coverage: coverageOf(basis, deployments.length, deployments.length, "deployments"),
      evidence: evidence(basis, {
        formula: `${items.length} / ${deployments.length}; ${marked} of them are marked by their source`,
        items,
        missing: [],
      }),
    },
  };
}

/** A source's word counts; without one, what rolls back or repairs a failed deployment was not planned. */
function reworkReason({ rework, isRollback, isRepair }: Deployment): string | null {
  if (rework !== null) return rework ? "marked_unplanned" : null;
  if (isRollback) return "rolls_back";
  return isRepair ? "repairs_failed" : null;
}

interface Times {
  readonly coverage: Coverage;
  readonly why: string;
  readonly formula: string;
  readonly leftOut: readonly EvidenceCount[];
  readonly missing: readonly EvidenceGap[];
}

function timeMeasure(
  basis: Basis,
  durations: readonly number[],
  items: readonly Counted[],
  { coverage, why, formula, ...rest }: Times,
): Measured {
  const sorted = Float64Array.from(durations).sort();
  return {
    items: () => items.map(itemOf),
    measure: {
      value: percentile(sorted, 0.5),
      unit: "ms",
      p90: percentile(sorted, 0.9),
      why: sorted.length === 0 ? why : null,
      coverage,
      evidence: evidence(basis, { formula, items, ...rest }),
    },
  };
}

/** Between the two nearest values, as SQL's `percentile_cont`. */
export function percentile(sorted: ArrayLike<number>, part: number): number | null {
  if (sorted.length === 0) return null;
  const place = (sorted.length - 1) * part;
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}

interface Parts {
  readonly formula: string;
  readonly items: readonly Counted[];
  readonly missing: readonly EvidenceGap[];
  readonly leftOut?: readonly EvidenceCount[];
}

function evidence(basis: Basis, { formula, items, missing: more, leftOut = [] }: Parts): Evidence {
  if (basis.brief) return { formula, counted: [], leftOut: [], missing: [], ids: [] };
  const gaps = basis.spans.map(({ reason, since, until }) => ({ reason, count: null, since, until }));
  const isKnown = ({ reason }: LeftOut) => reason !== "unknown_whether_changed" && reason !== "revision_unknown";
  return {
    formula,
    counted: countBy(items),
    leftOut: sum([...leftOut, ...basis.alsoLeftOut, ...countBy(basis.leftOut.filter(isKnown))]),
    missing: [...more, ...gaps],
    // They come in order of time.
    ids: items
      .slice(-MAX_IDS)
      .map(({ deployment }) => deployment.eventId)
      .reverse(),
  };
}

export function newestFirst(items: readonly DoraItem[]): DoraItem[] {
  return [...items].sort((a, b) => b.at - a.at || (a.eventId < b.eventId ? 1 : -1));
}

function counted(deployment: Deployment, reason: string, durationMs: number | null): Counted {
  return { deployment, reason, durationMs };
}

function itemOf({ deployment, reason, durationMs }: Counted): DoraItem {
  return {
    clusterId: deployment.cluster,
    namespace: deployment.namespace,
    repoName: deployment.repo,
    at: deployment.at,
    syncId: deployment.sync,
    eventId: deployment.eventId,
    revision: deployment.revision,
    reason,
    durationMs,
    errorType: deployment.errorType,
    relatedRevision: deployment.failure?.recoveredBy ?? deployment.rollsBack ?? deployment.repairs,
  };
}

function coverageOf({ spans, range }: Basis, known: number, total: number, of: string): Coverage {
  return { known, total, of, observed: partOf(observedMs(spans, range), range) };
}

function partOf(observed: number, { since, until }: Range): number {
  return until === since ? 0 : observed / (until - since);
}

function countOf({ leftOut }: Basis, wanted: LeftOut["reason"]): number {
  return leftOut.filter(({ reason }) => reason === wanted).length;
}

function countBy(items: readonly { readonly reason: string }[]): EvidenceCount[] {
  const totals = new Map<string, number>();
  for (const { reason } of items) totals.set(reason, (totals.get(reason) ?? 0) + 1);
  return inOrder(totals);
}

function sum(items: readonly EvidenceCount[]): EvidenceCount[] {
  const totals = new Map<string, number>();
  for (const { reason, count } of items) totals.set(reason, (totals.get(reason) ?? 0) + count);
  return inOrder(totals);
}

/** The most frequent first. */
function inOrder(totals: ReadonlyMap<string, number>): EvidenceCount[] {
  return [...totals]
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => ({ reason, count }))
    .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
}

function counts(byReason: Readonly<Record<string, number>>): EvidenceCount[] {
  return Object.entries(byReason).flatMap(([reason, count]) => (count === 0 ? [] : [{ reason, count }]));
}

function missing(byReason: Readonly<Record<string, number>>): EvidenceGap[] {
  return counts(byReason).map((each) => ({ ...each, since: null, until: null }));
}

function noRevision(count: number): string {
  return `${count} syncs succeeded, and none of them tells its revision.`;
}
