import type { Millis, OneOrMore, Page, PageInput, RangeInput, RepositoryId, Scope } from "./common.js";
import type { SyncOutcome } from "./states.js";

/** What `syncs` takes. Newest first. Default limit 50; default `since` 0, `until` now. */
export interface SyncsInput extends Scope, RangeInput, PageInput {
  readonly outcomes?: readonly SyncOutcome[] | undefined;
  readonly errorType?: OneOrMore | undefined;
  readonly trigger?: OneOrMore | undefined;
  /** The beginning of a revision: 4 characters or more. */
  readonly revision?: string | undefined;
  /** Part of the repository's name or the error message, in any case. */
  readonly search?: string | undefined;
}

/** One sync. */
export interface SyncRow extends RepositoryId {
  readonly syncId: string;
  readonly environment: string | null;
  /** The source that reported it: `alumiini`, `flux`, `argocd`, … */
  readonly source: string;
  /** Null where the source sends no start (Flux). */
  readonly startedAt: Millis | null;
  readonly endedAt: Millis | null;
  /** `startedAt`, else `endedAt`, else its first event: what lists are sorted by. */
  readonly at: Millis;
  /** As reported; negative where clocks disagree and the source said no duration. */
  readonly durationMs: number | null;
  readonly outcome: SyncOutcome;
  /** The step that failed. */
  readonly failedStep: "git" | "apply" | null;
  readonly errorType: string | null;
  readonly errorMessage: string | null;
  readonly trigger: string | null;
  readonly revision: string | null;
  /** The revision before, as the source told it; null where it did not. */
  readonly previousRevision: string | null;
  /** Whether it changed what runs; null where nothing tells. */
  readonly changed: boolean | null;
  readonly branch: string | null;
  readonly repoUrl: string | null;
  /** When the revision was committed. */
  readonly committedAt: Millis | null;
  readonly resourcesApplied: number | null;
  readonly traceId: string | null;
  readonly rolloutRef: string | null;
  /** The event that ended it, else its newest. */
  readonly eventId: string;
  /** Number of its events. */
  readonly events: number;
}

/** What `syncs` returns. */
export interface SyncsAnswer extends Page<SyncRow> {
  /** All that match, on every page. */
  readonly total: number;
  /** Of those, failed or timed out. */
  readonly failed: number;
}
