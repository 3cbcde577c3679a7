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
import { leadTimeOf, reworkReason, type Tally } from "./tally.js";

const DAY_MS = 86_400_000;
/** Ids in an answer; `explain` lists all of them. */
const MAX_IDS = 1_000;

/** What the measures of one span rest on. */
export interface Basis {
  readonly range: Range;
  readonly tally: Tally;
  readonly leftOut: readonly LeftOut[];
  readonly spans: readonly UnobservedSpan[];
  /** What the evidence is made of; absent where only values and coverage are wanted. */
  readonly evidence?: {
    /** All of the span, in order of time. */
    readonly deployments: readonly Deployment[];
    /** Further ones that were only counted, by reason. */
    readonly alsoLeftOut: readonly EvidenceCount[];
  };
}

/** A measure, with everything that it counts. */
export interface Measured {
  readonly measure: DoraMeasure;
  items(): readonly DoraItem[];
}

/** What a measure counts. */
interface Counted {
  /** Those that it counts are among them, in order of time. */
  readonly among: readonly Deployment[];
  /** Null where it does not count. */
  readonly reasonOf: (deployment: Deployment) => string | null;
  readonly durationOf?: (deployment: Deployment) => number | null;
  readonly byReason: readonly EvidenceCount[];
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
  const { tally, range, spans } = basis;
  const observed = observedMs(spans, range);
  const days = observed / DAY_MS;
  const unknown = countOf(basis, "revision_unknown");
  const onlyUnknown = tally.deployments === 0 && unknown > 0;
  // A rate per day of some minutes would say more than was seen.
  const tooShort = observed === 0 || observed < Math.min(DAY_MS, range.until - range.since);
  const value = tooShort || onlyUnknown ? null : tally.deployments / days;
  const counted: Counted = {
    among: basis.evidence?.deployments ?? [],
    reasonOf: () => "deployed",
    byReason: counts({ deployed: tally.deployments }),
  };
  return measured(basis, counted, {
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
    formula: `${tally.deployments} / ${days.toFixed(1)} observed days`,
    missing: missing({ revision_unknown: unknown }),
  });
}

function changeLeadTime(basis: Basis): Measured {
  const { leadTimes, changes, noLeadTime, commitUnknown } = basis.tally;
  const counted: Counted = {
    among: basis.evidence?.deployments ?? [],
    reasonOf: (each) => (leadTimeOf(each) === null ? null : "committed_to_running"),
    durationOf: leadTimeOf,
    byReason: counts({ committed_to_running: leadTimes.length }),
  };
  return measured(basis, counted, {
    ...timesOf(leadTimes),
    why: changes === 0 ? "Nothing was deployed in this time." : "No deployment tells when its commit was made.",
    coverage: coverageOf(basis, leadTimes.length, changes, "deployments"),
    formula: "median of end of the deployment - time of its commit",
    leftOut: counts(noLeadTime),
    missing: missing({ commit_time_unknown: commitUnknown }),
  });
}

function changeFailRate(basis: Basis): Measured {
  const { deployments, failed } = basis.tally;
  const unknown = countOf(basis, "unknown_whether_changed");
  return measured(basis, countedAmong(failed, failureReason), {
    ...ratioOf(failed.length, deployments),
    coverage: coverageOf(basis, deployments, deployments + unknown, "deployments"),
    formula: `${failed.length} / ${deployments}`,
    missing: missing({ unknown_whether_changed: unknown }),
  });
}

function failureReason({ failure }: Deployment): string | null {
  return failure?.reason ?? null;
}

function failedDeploymentRecoveryTime(basis: Basis): Measured {
  const { failed } = basis.tally;
  const recoveryOf = ({ failure }: Deployment): number | null => {
    if (failure === null || failure.recoveredAt === null) return null;
    const span = { since: failure.at, until: Math.max(failure.at, failure.recoveredAt) };
    // It may have recovered unseen in between.
    return observedMs(basis.spans, span) < span.until - span.since ? null : span.until - span.since;
  };
  const times = failed.flatMap((each) => recoveryOf(each) ?? []);
  const open = failed.filter(({ failure }) => failure?.recoveredAt === null).length;
  const reasonOf = (each: Deployment) => (recoveryOf(each) === null ? null : failureReason(each));
  return measured(
    basis,
    { ...countedAmong(failed, reasonOf), durationOf: recoveryOf },
    {
      ...timesOf(times),
      why: failed.length === 0 ? "No deployment failed in this time." : "No recovery was observed from start to end.",
      coverage: coverageOf(basis, times.length, failed.length, "failed deployments"),
      formula: "median of the next good state - the failure",
      missing: missing({ not_recovered_yet: open, not_observed: failed.length - open - times.length }),
    },
  );
}

function deploymentReworkRate(basis: Basis): Measured {
  const { deployments, rework, marked } = basis.tally;
  return measured(basis, countedAmong(rework, reworkReason), {
    ...ratioOf(rework.length, deployments),
    coverage: coverageOf(basis, deployments, deployments, "deployments"),
    formula: `${rework.length} / ${deployments}; ${marked} of them are marked by their source`,
    missing: [],
  });
}

function countedAmong(among: readonly Deployment[], reasonOf: Counted["reasonOf"]): Counted {
  return { among, reasonOf, byReason: countBy(among, reasonOf) };
}

function ratioOf(part: number, whole: number): Pick<DoraMeasure, "value" | "unit" | "p90" | "why"> {
  const value = whole === 0 ? null : part / whole;
  return { value, unit: "ratio", p90: null, why: "Nothing was deployed in this time." };
}

function timesOf(times: readonly number[]): Pick<DoraMeasure, "value" | "unit" | "p90"> {
  const sorted = new Float64Array(times).sort();
  return { value: percentile(sorted, 0.5), unit: "ms", p90: percentile(sorted, 0.9) };
}

type Parts = Omit<DoraMeasure, "evidence"> &
  Pick<Evidence, "formula" | "missing"> & { readonly leftOut?: readonly EvidenceCount[] };

/** @param parts with why there is no value, which counts where there is none */
function measured(basis: Basis, counted: Counted, { formula, missing: gaps, leftOut = [], ...parts }: Parts): Measured {
  const { among, reasonOf, durationOf } = counted;
  return {
    items: () =>
      among.flatMap((each) => {
        const reason = reasonOf(each);
        return reason === null ? [] : [itemOf(each, reason, durationOf?.(each) ?? null)];
      }),
    measure: {
      ...parts,
      why: parts.value === null ? parts.why : null,
      evidence: evidence(basis, counted, { formula, missing: gaps, leftOut }),
    },
  };
}

function evidence(
  basis: Basis,
  { among, reasonOf, byReason }: Counted,
  { formula, missing: gaps, leftOut }: Pick<Evidence, "formula" | "missing" | "leftOut">,
): Evidence {
  if (basis.evidence === undefined) return { formula, counted: [], leftOut: [], missing: [], ids: [] };
  const ids: string[] = [];
  for (let index = among.length - 1; index >= 0 && ids.length < MAX_IDS; index--) {
    const each = among[index];
    if (each !== undefined && reasonOf(each) !== null) ids.push(each.eventId);
  }
  return {
    formula,
    counted: byReason,
    leftOut: sum([...leftOut, ...basis.evidence.alsoLeftOut, ...countBy(basis.leftOut, knownReason)]),
    missing: [...gaps, ...basis.spans.map(({ reason, since, until }) => ({ reason, count: null, since, until }))],
    ids,
  };
}

/** What may have been a deployment is missing, not left out. */
function knownReason({ reason }: LeftOut): string | null {
  return reason === "unknown_whether_changed" || reason === "revision_unknown" ? null : reason;
}

/** Between the two nearest values, as SQL's `percentile_cont`. */
export function percentile(sorted: ArrayLike<number>, part: number): number | null {
  if (sorted.length === 0) return null;
  const place = (sorted.length - 1) * part;
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}

export function newestFirst(items: readonly DoraItem[]): DoraItem[] {
  return [...items].sort((a, b) => b.at - a.at || (a.eventId < b.eventId ? 1 : -1));
}

function itemOf(deployment: Deployment, reason: string, durationMs: number | null): DoraItem {
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
  return leftOut.reduce((count, { reason }) => count + Number(reason === wanted), 0);
}

function countBy<T>(items: readonly T[], reasonOf: (item: T) => string | null): EvidenceCount[] {
  const totals = new Map<string, number>();
  for (const item of items) {
    const reason = reasonOf(item);
    if (reason !== null) totals.set(reason, (totals.get(reason) ?? 0) + 1);
  }
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
