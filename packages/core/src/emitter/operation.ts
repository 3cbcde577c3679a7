import type { EmitFields } from "../event/event.js";
import type { OperationName, TAXONOMY, TypeOf } from "../event/taxonomy.js";
import type { ErrorType } from "../event/vocabulary.js";

/** The types of the events that end an operation well, and of those that report its failure. */
type CompletedType<O extends OperationName> = TypeOf<O, "stop", "success">;
type FailedType<O extends OperationName> = TypeOf<O, "stop", "failure">;

/** An operation without a started event takes what every event may have. */
type StartedFields<O extends OperationName> = EmitFields<
  [TypeOf<O, "start">] extends [never] ? "apply_started" : TypeOf<O, "start">
>;

/** Which of several things an operation does: a git operation is the first clone or a later fetch. */
type Variant<O extends OperationName> = {
  [T in TypeOf<O, "stop">]: (typeof TAXONOMY)[T] extends { readonly variant: infer Name } ? Name : never;
}[TypeOf<O, "stop">];
type VariantField<O extends OperationName> = [Variant<O>] extends [never]
  ? unknown
  : { readonly operation: Variant<O> };

/** What `telemetry.start(operation, fields)` takes. */
export type StartFields<O extends OperationName> = StartedFields<O> & VariantField<O>;

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
  [O in OperationName]: StopFields<Omit<EmitFields<CompletedType<O>>, "errorType" | "errorMessage">>;
};

/** What `fail(fields)` takes; `errorType` tells these fields from an error. */
export type FailFields<O extends OperationName> = StopFields<EmitFields<FailedType<O>>> & {
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
