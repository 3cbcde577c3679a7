import type {
  Answer,
  EvidenceCount,
  Millis,
  OneOrMore,
  Page,
  PageInput,
  RangeInput,
  UnobservedSpan,
} from "./common.js";

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
