import type { EmitFields } from "../event/event.js";
import type { OperationName } from "../event/taxonomy.js";
import type { ErrorType } from "../event/vocabulary.js";

/** The type of the event that a handle's `complete` emits. */
interface CompletedType {
  sync: "sync_completed";
  git: "git_fetched" | "git_cloned";
  apply: "apply_completed";
  drift: "drift_corrected";
  worker: "worker_stopped";
}

/** The type of the event that a handle's `fail` emits. */
interface FailedType {
  sync: "sync_failed";
  git: "git_fetched" | "git_cloned";
  apply: "apply_failed";
  drift: "drift_corrected";
  worker: "worker_stopped";
}

/** The type whose fields `start` takes. `git` has no started event; its fields are those of its stop. */
interface StartedType {
  sync: "sync_started";
  git: "apply_started";
  apply: "apply_started";
  drift: "drift_detected";
  worker: "worker_started";
}

interface ExtraStartFields {
  sync: unknown;
  /** Whether this is the first clone or a later fetch. */
  git: { readonly operation: "fetch" | "clone" };
  apply: unknown;
  drift: unknown;
  worker: unknown;
}

/** What `telemetry.start(operation, fields)` takes. */
export type StartFields<O extends OperationName> = EmitFields<StartedType[O]> & ExtraStartFields[O];

/** What a child takes that inherits from its parent: repository, trigger and sync id may be left out. */
export type ChildFields<O extends OperationName> = Omit<StartFields<O>, Inherited> &
  Partial<Pick<StartFields<O>, Inherited & keyof StartFields<O>>>;

/** Fields that a child operation takes over from the operation it was started on. */
export type Inherited =
  | "repoName"
  | "namespace"
  | "trigger"
  | "branch"
  | "repoUrl"
  | "repoPath"
  | "syncId"
  | "rolloutRef"
  | "traceId"
  | "spanId";

type StopFields<T> = Partial<Omit<T, "durationMs" | "repoName" | "namespace" | "syncId">>;

/** What `complete(fields)` takes: whatever the stop event may carry beyond what `start` was given. */
export type CompleteFields<O extends OperationName> = CompleteFieldsOf[O];

/** By operation, so that a handle of one operation is a handle of any. */
type CompleteFieldsOf = {
  [O in OperationName]: StopFields<Omit<EmitFields<CompletedType[O]>, "errorType" | "errorMessage">>;
};

/** What `fail(fields)` takes; `errorType` tells these fields from an error. */
export type FailFields<O extends OperationName> = StopFields<EmitFields<FailedType[O]>> & {
  readonly errorType: ErrorType;
};

/**
 * An operation under way. Ending it emits the stop event: the start fields, the end's fields over them, and
 * `durationMs` from the monotonic clock. Ending twice, or never, is reported to `onFailure` and does nothing else.
 */
export interface OperationHandle<O extends OperationName = OperationName> {
  readonly operation: O;
  /** The id that joins the events of one sync; made at the start of a sync unless given. */
  readonly syncId: string | undefined;
  readonly ended: boolean;
  /** Emits the operation's success. */
  complete(fields?: CompleteFields<O>): void;
  /**
   * Emits the operation's failure. An error is classified by `classifyError`, its message stripped of credentials.
   * Pass `{ errorType, … }` to say it yourself.
   */
  fail(error: FailFields<O> | unknown): void;
  /** Starts an operation within this one; it inherits {@link Inherited}. */
  start<C extends OperationName>(operation: C, fields: ChildFields<C>): OperationHandle<C>;
  /** As `telemetry.run`, within this operation. */
  run<C extends OperationName, R>(operation: C, fields: ChildFields<C>, run: (handle: OperationHandle<C>) => R): R;
}
