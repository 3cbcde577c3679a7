import type {
  Answer,
  Coverage,
  Evidence,
  Millis,
  Range,
  RangeInput,
  RepositoryId,
  Scope,
  UnobservedSpan,
} from "./common.js";

/** The five measures, in the order of the answer. */
export const DORA_MEASURES = [
  "deploymentFrequency",
  "changeLeadTime",
  "changeFailRate",
  "failedDeploymentRecoveryTime",
  "deploymentReworkRate",
] as const;

/** One of {@link DORA_MEASURES}. */
export type DoraMeasureName = (typeof DORA_MEASURES)[number];

/** What `dora` takes. Default: the last 26 weeks. */
export interface DoraInput extends Scope, RangeInput {
  /** Adds a series: days and months of UTC, weeks from Monday. Default `week`. */
  readonly by?: "day" | "week" | "month" | undefined;
  /** Lists the deployments behind one number in `explained`, newest first; `cursor` and `limit` page through them. */
  readonly explain?: DoraMeasureName | undefined;
  readonly cursor?: string | undefined;
  /** 1 to 500. Default 20. */
  readonly limit?: number | undefined;
}

/** One measure. */
export interface DoraMeasure {
  /** Null where it can't be known, never 0 instead. Times: the median. */
  readonly value: number | null;
  readonly unit: "per_day" | "ms" | "ratio";
  /** Times: 9 of 10 are within it. Null for the others. */
  readonly p90: number | null;
  /** Why there is no value, in one plain sentence; null where there is one. */
  readonly why: string | null;
  readonly coverage: Coverage;
  readonly evidence: Evidence;
}

/** The five measures of one bucket. */
export interface DoraBucket extends Range {
  /** False where nothing was observed in any part of it: show a hatch, not 0. */
  readonly observed: boolean;
  /** True for a bucket that is still running. */
  readonly running: boolean;
  readonly deployments: number;
  readonly measures: Readonly<Record<DoraMeasureName, { readonly value: number | null; readonly coverage: Coverage }>>;
}

/** A deployment behind a number. */
export interface DoraItem extends RepositoryId {
  readonly at: Millis;
  readonly syncId: string;
  readonly eventId: string;
  readonly revision: string | null;
  /** One of the reasons in `evidence.counted`. */
  readonly reason: string;
  /** The measured time; null for counts. */
  readonly durationMs: number | null;
  readonly errorType: string | null;
  /** For a rollback: the revision it went back to. For a repair: the revision that it repaired. */
  readonly relatedRevision: string | null;
}

/** What `dora` returns. */
export interface DoraAnswer extends Answer, Range {
  readonly measures: Readonly<Record<DoraMeasureName, DoraMeasure>>;
  readonly buckets: readonly DoraBucket[];
  readonly notObserved: readonly UnobservedSpan[];
  /** What `explain` asked for: `total` equals the number of what was counted. */
  readonly explained: {
    readonly measure: DoraMeasureName;
    readonly total: number;
    readonly items: readonly DoraItem[];
    readonly nextCursor: string | null;
  } | null;
}
