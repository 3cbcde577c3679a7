/**
 * What can be asked of a history, and what it returns: the same in code, over HTTP (`/v1/…`, JSON with these field
 * names) and on the command line (`--output json`).
 *
 * Times are milliseconds since the Unix epoch (UTC), whole, as the sources reported them: no clock is adjusted.
 * Durations are milliseconds. What is not known is `null`, never 0 and never an empty string.
 */

/** Milliseconds since the Unix epoch. */
export type Millis = number;

/** Every answer says at which moment of the server's clock it was true. */
export interface Answer {
  readonly asOf: Millis;
}

/** A page of a list. Cursors are opaque, and valid only for the same filters and order. */
export interface Page<T> extends Answer {
  readonly items: readonly T[];
  /** Pass it as `cursor` for the next page; null on the last. */
  readonly nextCursor: string | null;
}

/** What a page is asked with. */
export interface PageInput {
  readonly cursor?: string | undefined;
  /** 1 to 500. Each query states its default. */
  readonly limit?: number | undefined;
}

/** One value, or any of several. */
export type OneOrMore = string | readonly string[];

/** Limits a query. What is absent does not limit. Values are compared exactly. */
export interface Scope {
  readonly clusterId?: OneOrMore | undefined;
  /** `deployment.environment.name` of the events. */
  readonly environment?: OneOrMore | undefined;
  readonly namespace?: OneOrMore | undefined;
  readonly repoName?: OneOrMore | undefined;
}

/** A span of time: `since` is included, `until` is not. */
export interface Range {
  readonly since: Millis;
  readonly until: Millis;
}

/** Limits a query in time. Each query states its defaults. */
export interface RangeInput {
  readonly since?: Millis | undefined;
  readonly until?: Millis | undefined;
}

/** A repository is its cluster, namespace and name together. */
export interface RepositoryId {
  readonly clusterId: string;
  readonly namespace: string;
  readonly repoName: string;
}

/**
 * The states of a repository, worst first: this order is the rank, the order of chips, the sort and the command line's.
 * The first that fits counts, but a suspended repository is `suspended` whatever came before.
 */
export const FLEET_STATES = [
  "failing",
  "stuck",
  "drifted",
  "stale",
  "no_data",
  "suspended",
  "syncing",
  "healthy",
] as const;

/** One of {@link FLEET_STATES}. */
export type FleetState = (typeof FLEET_STATES)[number];

/**
 * How a sync ended. `rolled_back`: it succeeded by going back to a revision that ran before, or a rollout that it began
 * was rolled back. `unknown`: it ended and nothing tells how; a cancelled one (its `errorType` is `cancelled`) too.
 */
export const SYNC_OUTCOMES = ["succeeded", "failed", "timed_out", "rolled_back", "under_way", "unknown"] as const;

/** One of {@link SYNC_OUTCOMES}. */
export type SyncOutcome = (typeof SYNC_OUTCOMES)[number];

/** One mark of "last 12 syncs". */
export interface OutcomeMark {
  readonly syncId: string;
  readonly at: Millis;
  readonly outcome: SyncOutcome;
}

// ---------------------------------------------------------------------------------------------------------- fleet

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

// ---------------------------------------------------------------------------------------------------------- syncs

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

// ------------------------------------------------------------------------------------------------------- timeline

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

/** A span of which nothing can be said, because nothing was recording or the source was silent. */
export interface UnobservedSpan extends Range {
  /**
   * `not_recording`: the history was not running. `source_silent`: nothing at all was heard for over seven days, or yet.
   * `expired`: retention has removed what was there.
   */
  readonly reason: "not_recording" | "source_silent" | "expired";
  /** The silent source, `<cluster>/<source>`; null where it was the history. */
  readonly source: string | null;
}

// --------------------------------------------------------------------------------------------------------- around

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

// ------------------------------------------------------------------------------------------------------------ slo

/** What `slo` takes. Default: the last 30 days. */
export interface SloInput extends Scope, RangeInput {
  readonly objectives?: SloObjectives | undefined;
  /** Points of the burn-down: 2 to 240. Default 60. */
  readonly points?: number | undefined;
}

/** The objectives, in the names and units of `@alumiini/prometheus/rules`. Defaults: ADR-004 section 5. */
export interface SloObjectives {
  readonly syncSuccess?: { readonly objective?: number | undefined } | undefined;
  readonly syncLatency?:
    | { readonly objective?: number | undefined; readonly thresholdMs?: number | undefined }
    | undefined;
  readonly gitFetchLatency?:
    | { readonly objective?: number | undefined; readonly thresholdMs?: number | undefined }
    | undefined;
  readonly applyLatency?:
    | { readonly objective?: number | undefined; readonly thresholdMs?: number | undefined }
    | undefined;
  /** Restarts of one repository's worker in an hour. */
  readonly workerRestarts?: { readonly objective?: number | undefined } | undefined;
}

/** The names of the objectives, in the order of the answer. */
export const SLO_NAMES = [
  "syncSuccess",
  "syncLatency",
  "gitFetchLatency",
  "applyLatency",
  "workerRestarts",
  "workerMemory",
  "cacheHitRate",
] as const;

/** One of {@link SLO_NAMES}. */
export type SloName = (typeof SLO_NAMES)[number];

/** A point of the burn-down. */
export interface SloPoint {
  readonly at: Millis;
  /** What is left of the whole window's budget at this time: 1 is all, below 0 is over. Null where not observed. */
  readonly budgetLeft: number | null;
  readonly good: number;
  readonly total: number;
}

/** One objective. */
export interface SloItem {
  readonly name: SloName;
  /** `budget`: a part of all events must be good. `level`: a value to stay below; it has no budget. */
  readonly kind: "budget" | "level";
  /** `not_measured`: no event in the window carries it (memory and cache hits never do). */
  readonly state: "holds" | "burning_fast" | "spent" | "not_measured";
  /** The part that must be good, or the level. */
  readonly objective: number;
  readonly thresholdMs: number | null;
  /** The part that was good, or the level; null where nothing was measured. */
  readonly value: number | null;
  /** The last of `points`: 1 is all, below 0 is over. Null for levels, and where nothing was measured. */
  readonly budgetLeft: number | null;
  /** The same in events: how many bad ones the objective allows, how many there were. Null as above. */
  readonly allowed: number | null;
  readonly bad: number | null;
  readonly total: number | null;
  /** How many times as fast as sustainable the budget was used at the end of the window; null without events. */
  readonly burnRate: { readonly lastHour: number | null; readonly last6Hours: number | null };
  /** At the rate of the last 6 hours; null where it holds. */
  readonly spentInMs: number | null;
  readonly points: readonly SloPoint[];
  readonly coverage: Coverage;
  readonly evidence: Evidence;
}

/** What `slo` returns. */
export interface SloAnswer extends Answer, Range {
  readonly items: readonly SloItem[];
  readonly notObserved: readonly UnobservedSpan[];
}

// ----------------------------------------------------------------------------------------------------------- dora

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

/** How much of what a number should rest on was known. */
export interface Coverage {
  /** Of `total`, how many were known. */
  readonly known: number;
  readonly total: number;
  /** What is counted: `deployments`, `failed deployments`, `days`, `syncs`, … */
  readonly of: string;
  /** Part of the time asked for in which the history was recording and the sources were not silent: 0 to 1. */
  readonly observed: number;
}

/** A part of what a number rests on. */
export interface EvidenceCount {
  /** A stable word: `rolled_back`, `failed_after_change`, `heartbeat`, `reported_twice`, … */
  readonly reason: string;
  readonly count: number;
}

/** What is missing, as far as it is known how much. */
export interface EvidenceGap {
  readonly reason: string;
  /** Null where not even the number is known. */
  readonly count: number | null;
  readonly since: Millis | null;
  readonly until: Millis | null;
}

/** What a number rests on. */
export interface Evidence {
  /** With its figures: `22 / 274`. */
  readonly formula: string;
  readonly counted: readonly EvidenceCount[];
  readonly leftOut: readonly EvidenceCount[];
  readonly missing: readonly EvidenceGap[];
  /** Ids of the events counted, newest first; at most 1,000. `explain` pages through all of them. */
  readonly ids: readonly string[];
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

// --------------------------------------------------------------------------------------------------------- events

/** The forms in which events arrive, the richest first. */
export const EVENT_FORMS = ["alumiini", "cdevent", "tapio", "occurrence"] as const;

/** One of {@link EVENT_FORMS}. */
export type EventForm = (typeof EVENT_FORMS)[number];

/** A stored event, once, however many forms of it arrived. */
export interface StoredEvent {
  /** The same in all its forms. */
  readonly eventId: string;
  /** The richest form that arrived. */
  readonly form: EventForm;
  /** Whose event it is: `alumiini`, `tapio`, `kulta`, `cdevents`. */
  readonly system: string;
  /** The source that reported it: `flux`, `argocd`, a CloudEvents source, … */
  readonly source: string;
  /** An event type of core, or the other system's own. */
  readonly type: string;
  readonly at: Millis;
  readonly receivedAt: Millis;
  readonly clusterId: string | null;
  readonly namespace: string | null;
  readonly repoName: string | null;
  readonly syncId: string | null;
  readonly traceId: string | null;
  readonly outcome: string;
  readonly severity: string;
  readonly durationMs: number | null;
  readonly revision: string | null;
  /** One line in plain words: `sync failed in apply: validation`. */
  readonly title: string;
  /** The event as JSON in the form it came in, free of credentials. */
  readonly body: unknown;
}

/** What `events` takes. Newest first. Default limit 50; default `since` 0, `until` now. */
export interface EventsInput extends Scope, RangeInput, PageInput {
  readonly eventId?: OneOrMore | undefined;
  readonly type?: OneOrMore | undefined;
  readonly system?: OneOrMore | undefined;
  readonly outcome?: OneOrMore | undefined;
  readonly syncId?: string | undefined;
  readonly traceId?: string | undefined;
}

/** What `events` returns. */
export type EventsAnswer = Page<StoredEvent>;

/** What `tail` takes. */
export interface TailInput extends Scope {
  readonly type?: OneOrMore | undefined;
  readonly system?: OneOrMore | undefined;
  /** The `id` of the last item seen: goes on after it. Absent: from now on. */
  readonly after?: string | undefined;
  /** Ends the iteration. */
  readonly signal?: AbortSignal | undefined;
}

/** What `tail` yields. Over HTTP, `kind` is the name of the server-sent event. */
export type TailItem =
  | { readonly kind: "event"; readonly id: string; readonly event: StoredEvent }
  /** Every 10 seconds without anything else. */
  | { readonly kind: "heartbeat"; readonly id: string; readonly asOf: Millis }
  /** It can't go on where it was: read again what you show. `missed` is null where the number is not known. */
  | { readonly kind: "lost"; readonly id: string; readonly missed: number | null; readonly asOf: Millis };

// ------------------------------------------------------------------------------------------------------- delivery

/** What `deadLetters` takes. Newest first. Default limit 50; default `since` 0, `until` now. */
export interface DeadLettersInput extends RangeInput, PageInput {
  readonly reason?: OneOrMore | undefined;
}

/** What could not be read as an event. */
export interface DeadLetter {
  readonly id: string;
  readonly receivedAt: Millis;
  /** Where it came from: a stream, a topic, `subscriber`, `http`. */
  readonly source: string;
  /** Its place in the stream. */
  readonly sequence: number | null;
  /** A stable word: `not_json`, `unknown_form`, `invalid_event`, `too_large`, `unreadable`. */
  readonly reason: string;
  /** What is wrong and where. */
  readonly message: string;
  /** Its beginning, at most 2,000 characters, free of credentials. */
  readonly sample: string;
  /** The size of the whole, in bytes. */
  readonly bytes: number;
}

/** What `deadLetters` returns. */
export interface DeadLettersAnswer extends Page<DeadLetter> {
  readonly total: number;
  readonly byReason: readonly (EvidenceCount & { readonly lastAt: Millis })[];
}

/** Sequence numbers of a stream that never came. */
export interface StreamGap {
  readonly stream: string;
  /** The first and the last number that are missing. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** False where something else than events may have had these numbers. */
  readonly certain: boolean;
  readonly seenAt: Millis;
}

/** What `gaps` takes. */
export interface GapsInput extends PageInput {
  readonly stream?: OneOrMore | undefined;
}

/** What `gaps` returns: newest first. Default limit 50. */
export interface GapsAnswer extends Page<StreamGap> {
  /** Numbers that are missing in all of the streams asked for. */
  readonly missing: number;
}

/** One source of events. */
export interface SourceStats {
  readonly source: string;
  readonly clusterId: string | null;
  readonly system: string;
  readonly stored: number;
  readonly firstEventAt: Millis;
  readonly lastEventAt: Millis;
  readonly lastReceivedAt: Millis;
  /** Whether it ever told how a sync ended; false: every repository of it is `no_data`. */
  readonly tellsOutcomes: boolean;
}

/** One stream that is read. */
export interface StreamStats {
  readonly stream: string;
  /** The last number of which all before it are stored. */
  readonly position: number;
  readonly missing: number;
  readonly updatedAt: Millis;
}

/** What `stats` returns. `received = stored + duplicate + ignored + refused` when nothing is in flight. */
export interface StatsAnswer extends Answer {
  readonly engine: "duckdb" | "postgresql";
  /** Since when the counts run. */
  readonly since: Millis | null;
  readonly received: number;
  readonly stored: number;
  /** Known already: the same form of the same event. */
  readonly duplicate: number;
  /** Readable, and nothing to keep: from before the retention's cutoff. */
  readonly ignored: number;
  /** Dead letters. */
  readonly refused: number;
  /** Events of this process's own telemetry that found no room while the store was unavailable; not in `received`. */
  readonly dropped: number;
  /** Accepted by this process and not committed yet. */
  readonly inFlight: number;
  readonly refusedByReason: readonly EvidenceCount[];
  /** Stored by form. */
  readonly byForm: readonly { readonly form: string; readonly count: number }[];
  /** Events now in the store (in several forms: once each), the oldest and the newest. */
  readonly events: number;
  readonly oldestAt: Millis | null;
  readonly newestAt: Millis | null;
  /** Removed by retention since the store was made. */
  readonly expired: number;
  /** Everything before it was removed; null where nothing was. */
  readonly cutoff: Millis | null;
  /** What the store uses on disk. */
  readonly usedBytes: number | null;
  readonly sources: readonly SourceStats[];
  readonly streams: readonly StreamStats[];
  readonly notObserved: readonly UnobservedSpan[];
}

// --------------------------------------------------------------------------------------------------------- search

/** What `search` takes: part of a repository's name, 4 or more digits of a revision, a sync id, or an event id. */
export interface SearchInput {
  readonly text: string;
  /** 1 to 20. Default 8. */
  readonly limit?: number | undefined;
}

/** What `search` found. */
export type SearchItem =
  | ({ readonly kind: "repository" } & RepositoryId)
  | ({
      readonly kind: "sync";
      readonly syncId: string;
      readonly at: Millis;
      readonly revision: string | null;
    } & RepositoryId)
  | { readonly kind: "event"; readonly eventId: string; readonly at: Millis; readonly title: string };

/** What `search` returns. */
export interface SearchAnswer extends Answer {
  readonly items: readonly SearchItem[];
}

// -------------------------------------------------------------------------------------------------------- queries

/** Everything that can be asked. `History` has these methods; `/v1/<name>` is the same over HTTP. */
export interface Queries {
  fleet(input?: FleetInput): Promise<FleetAnswer>;
  syncs(input?: SyncsInput): Promise<SyncsAnswer>;
  sync(input: SyncInput): Promise<SyncAnswer>;
  timeline(input?: TimelineInput): Promise<TimelineAnswer>;
  around(input: AroundInput): Promise<AroundAnswer>;
  slo(input?: SloInput): Promise<SloAnswer>;
  dora(input?: DoraInput): Promise<DoraAnswer>;
  events(input?: EventsInput): Promise<EventsAnswer>;
  deadLetters(input?: DeadLettersInput): Promise<DeadLettersAnswer>;
  gaps(input?: GapsInput): Promise<GapsAnswer>;
  stats(): Promise<StatsAnswer>;
  search(input: SearchInput): Promise<SearchAnswer>;
  tail(input?: TailInput): AsyncIterable<TailItem>;
}

/** Thrown by a query whose input can't be used; over HTTP a 400. */
export class QueryError extends Error {
  override readonly name = "QueryError";
  /** The input's field. */
  readonly field: string;

  constructor(field: string, message: string) {
    super(`${field} ${message}`);
    this.field = field;
  }
}
