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
