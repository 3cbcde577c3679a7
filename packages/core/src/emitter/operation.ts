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
export type StartFields<O extends OperationName> = StartedFields<O> &
  VariantField<O> & {
    /**
     * Aborts when the operation is called off, by a shutdown for instance. What fails once it has aborted was cancelled,
     * whatever the error says; where it aborted by `AbortSignal.timeout`, it timed out. Children inherit it.
     */
    readonly signal?: AbortSignal | undefined;
  };

/** What a child takes that inherits from its parent: repository, trigger and sync id may be left out. */
export type ChildFields<O extends OperationName> = Omit<StartFields<O>, Inherited> &
  Partial<Pick<StartFields<O>, Inherited & keyof StartFields<O>>>;

/** The fields that a child operation takes over from the operation it was started on. */
export const INHERITED = [
  "repoName",
  "namespace",
  "trigger",
  "branch",
  "repoUrl",
  "repoPath",
  "rolloutRef",
  "syncId",
  "traceId",
  "spanId",
] as const;

type Inherited = (typeof INHERITED)[number];

type StopFields<T> = Partial<Omit<T, "durationMs" | "repoName" | "namespace" | "syncId">>;

/** What `complete(fields)` takes: whatever the stop event may carry beyond what `start` was given. */
export type CompleteFields<O extends OperationName> = CompleteFieldsOf[O];

/** By operation, so that a handle of one operation is a handle of any. */
type CompleteFieldsOf = {
  [O in OperationName]: StopFields<Omit<EmitFields<CompletedType<O>>, "errorType" | "errorMessage">>;
};

/** What `fail(fields)` takes. */
export type FailFields<O extends OperationName> = FailDetails<O> & { readonly errorType: ErrorType };

/** What an event may carry beyond what an error says. */
export type FailDetails<O extends OperationName> = FailDetailsOf[O];

type FailDetailsOf = { [O in OperationName]: StopFields<EmitFields<FailedType<O>>> };

/** Anything that may be thrown, as far as types know: an object literal is not an error but misspelt fields. */
type Thrown<E> = Record<never, never> extends E ? E : E extends Error ? E : E extends object ? never : E;

/**
 * An operation under way. Ending it emits the stop event: the start fields, the end's fields over them, and
 * `durationMs` from the monotonic clock. Ending twice, or never, is reported to `onFailure` and does nothing else.
 */
export interface OperationHandle<O extends OperationName = OperationName> {
  readonly operation: O;
  /** The id that joins the events of one sync; made at the start of a sync unless given. */
  readonly syncId: string | undefined;
  readonly ended: boolean;
  /** The signal that the operation was started with, or its parent's. */
  readonly signal: AbortSignal | undefined;
  /** Emits the operation's success. `attributes` are merged with those of the start. */
  complete(fields?: CompleteFields<O>): void;
  /** Emits the operation's failure as the fields say it. */
  fail(fields: FailFields<O>): void;
  /**
   * Emits the operation's failure from what was thrown: classified by `classifyError`, its message stripped of
   * credentials. An aborted `signal` or an `AbortError` makes it cancelled. `details` go over what the error says.
   */
  fail<E>(error: Thrown<E>, details?: FailDetails<O>): void;
  /** Emits the operation's failed event as cancelled: outcome `unknown`, severity `info`. */
  cancel(reason?: unknown): void;
  /** Starts an operation within this one; it inherits the fields of {@link INHERITED} and the signal. */
  start<C extends OperationName>(operation: C, fields: ChildFields<C>): OperationHandle<C>;
  /** As `telemetry.run`, within this operation. */
  run<C extends OperationName, R>(operation: C, fields: ChildFields<C>, run: (handle: OperationHandle<C>) => R): R;
}
