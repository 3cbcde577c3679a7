import { readProperty } from "../adapter/read-property.js";
import { classifyError, type ErrorContext } from "../error/classify-error.js";
import { messageOf } from "../error/describe-error.js";
import { isError, linksOf } from "../error/error-links.js";
import { noteError } from "../error/event-errors.js";
import type { UncheckedFields } from "../event/build-event.js";
import { toIdentifier } from "../event/sanitize.js";
import { type EventType, type OperationName, rowOf, typesOf } from "../event/taxonomy.js";
import { CANCELLED, type ErrorType } from "../event/vocabulary.js";
import type { Emitter } from "./emitter.js";
import { INHERITED, type OperationHandle } from "./operation.js";
import type { OpenOperation, Operations } from "./operations.js";
import { type Activate, type Begun, runOperation } from "./run-operation.js";

/** An operation that another is started on. */
interface Parent {
  readonly handle: OperationHandle;
  readonly fields: UncheckedFields;
  /** The children that failed last, and with what: the parent may fail with the same. */
  readonly failedChildren: { readonly operation: OperationName; readonly error: unknown }[];
}

type OperationFields = UncheckedFields & { readonly operation?: unknown; readonly signal?: unknown };

/** Failed children that a parent remembers. A worker may have many in its life. */
const MAX_FAILED_CHILDREN = 16;

/** The types of the events that an operation emits. An unknown operation has none. */
interface EmittedTypes {
  readonly started: EventType | undefined;
  readonly completed: EventType | undefined;
  readonly failed: EventType | undefined;
}

function emittedTypes(operation: OperationName, variant: unknown): EmittedTypes {
  const ofVariant = (types: readonly EventType[]) => types.find((type) => rowOf(type).variant === variant) ?? types[0];
  return {
    started: typesOf(operation, "start")[0],
    completed: ofVariant(typesOf(operation, "stop", "success")),
    failed: ofVariant(typesOf(operation, "stop", "failure")),
  };
}

/** `start` and `run`, of telemetry itself, or of the operation that `parent` returns. */
export function starters(operations: Operations, parent?: () => Parent) {
  const start = <O extends OperationName>(operation: O, fields: OperationFields) =>
    startOperation(operations, operation, fields, parent?.());
  return {
    start: <O extends OperationName>(operation: O, fields: OperationFields) => start(operation, fields).handle,
    run: <O extends OperationName, R>(operation: O, fields: OperationFields, run: (handle: OperationHandle<O>) => R) =>
      runOperation(start(operation, fields), run),
  };
}

/** Starts an operation and emits its started event, where there is one. */
function startOperation<O extends OperationName>(
  operations: Operations,
  operation: O,
  given: OperationFields,
  parent?: Parent,
): Begun<O> {
  const { emitter } = operations;
  // The severity and outcome of the start say nothing about the end.
  const copied = emitter.attempt((): OperationFields => ({ ...given })) ?? {};
  const { severity, outcome, operation: variant, signal: ownSignal, ...own } = copied;
  const signal = isSignal(ownSignal) ? ownSignal : parent?.handle.signal;
  const inherited = Object.fromEntries(INHERITED.map((name) => [name, parent?.fields[name]]));
  const fields = merge(operation === "sync" ? { syncId: emitter.newId() } : {}, inherited, own);
  const { started, completed, failed } = emittedTypes(operation, variant);
  const about: OpenOperation = {
    operation: toIdentifier(operation) ?? "",
    repoName: toIdentifier(fields.repoName) ?? "",
  };

  function end(type: EventType | undefined, last?: UncheckedFields, error?: unknown): void {
    if (operations.open.delete(about)) {
      operations.forgotten.unregister(about);
      const durationMs = Math.max(0, emitter.monotonic() - startedAt) || 0;
      if (!type) return;
      const all = endFields(emitter, fields, last, durationMs);
      if (error !== undefined) noteError(all, error);
      emitter.emit(type, all);
    } else emitter.report({ kind: "operation_ended_twice", ...about });
  }

  const handle: OperationHandle<O> = {
    operation,
    syncId: toIdentifier(fields.syncId),
    signal,
    get ended() {
      return !operations.open.has(about);
    },
    complete: (last) => end(completed, last),
    fail(reason: unknown, details?: UncheckedFields) {
      const said = emitter.attempt(() => (isFailFields(reason) ? reason : undefined));
      if (said) {
        end(failed, said);
        return;
      }
      if (parent && parent.failedChildren.push({ operation, error: reason }) > MAX_FAILED_CHILDREN) {
        parent.failedChildren.shift();
      }
      const context = { operation, failedChild: failedChildOf(self, reason) };
      const errorType =
        emitter.attempt(() => operations.classifyError?.(reason, context)) ??
        emitter.attempt(() => classifyAborted(signal, context)) ??
        emitter.attempt(() => classifyError(reason, context));
      const more = emitter.attempt(() => ({ ...details }));
      end(failed, { errorType: errorType ?? "unknown", errorMessage: messageOf(reason), ...more }, reason);
    },
    cancel(reason?: unknown) {
      const said = reason === undefined ? {} : { errorMessage: messageOf(reason) };
      end(failed, { errorType: CANCELLED, ...said }, reason);
    },
    ...starters(operations, (): Parent => self),
  };
  const self: Parent = { handle, fields, failedChildren: [] };
  operations.open.add(about);
  operations.forgotten.register(handle, about, about);
  const activations = completed ? tell(operations, operation, completed, self, parent?.handle, own) : [];
  if (started) emitter.emit(started, { ...fields, severity, outcome });
  const startedAt = emitter.monotonic();
  return { handle, activations };
}

/** Calls `begin` of the subscribers, puts the ids that they return on the fields, and collects their `run`. */
function tell(
  operations: Operations,
  operation: OperationName,
  completedType: EventType,
  { handle, fields }: Parent,
  parent: OperationHandle | undefined,
  { traceId, spanId }: UncheckedFields,
): readonly Activate[] {
  let ids: UncheckedFields = { traceId, spanId };
  const activations: Activate[] = [];
  for (const to of operations.listeners()) {
    const described = operations.emitter.describe(completedType, { ...fields, ...ids });
    if (!described) break;
    const start = { operation, completedType, handle, parent, fields: described };
    const context = operations.dispatcher.ask(to, operation, (subscriber) => subscriber.begin?.(start));
    if (context?.traceId && context.spanId && !ids.traceId && !ids.spanId) {
      ids = { traceId: context.traceId, spanId: context.spanId };
      Object.assign(fields, ids);
    }
    if (context?.run) activations.push((call) => operations.dispatcher.ask(to, operation, () => context.run?.(call)));
  }
  return activations;
}

/** The child that failed with the error, or with one that caused it. */
function failedChildOf({ failedChildren }: Parent, reason: unknown): OperationName | undefined {
  if (failedChildren.length === 0) return undefined;
  const causes = [reason, ...linksOf(reason).map((link) => link.error)];
  return failedChildren.findLast(({ error }) => causes.includes(error))?.operation;
}

/** Whatever fails after the signal has aborted was cancelled, or timed out where that is why it aborted. */
function classifyAborted(signal: AbortSignal | undefined, context: ErrorContext): ErrorType | undefined {
  if (!signal?.aborted) return undefined;
  const isTimeout = readProperty(signal.reason, "name") === "TimeoutError";
  return isTimeout ? classifyError(signal.reason, context) : CANCELLED;
}

/** Fields, from callers without a type checker too; a thrown object that says an `errorType` has a message. */
function isFailFields(reason: unknown): reason is UncheckedFields {
  if (!isObject(reason) || isError(reason)) return false;
  return typeof readProperty(reason, "errorType") === "string" && readProperty(reason, "message") === undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isSignal(value: unknown): value is AbortSignal {
  return typeof readProperty(value, "aborted") === "boolean";
}

/** The later over the earlier; what is `undefined` does not count. */
function merge(...sources: readonly UncheckedFields[]): UncheckedFields {
  const entries = sources.flatMap(Object.entries<unknown>);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** What the stop event says: the start's fields, the end's over them, the attributes of both. */
function endFields(
  emitter: Emitter,
  first: UncheckedFields,
  given: UncheckedFields | undefined,
  durationMs: number,
): UncheckedFields {
  const last: UncheckedFields = emitter.attempt(() => ({ ...given })) ?? {};
  const isOtherCommit = last.commit !== undefined && last.commit !== first.commit;
  return merge(
    // The time of another commit would be wrong.
    isOtherCommit ? { ...first, committedAt: undefined } : first,
    last,
    isObject(first.attributes) && isObject(last.attributes)
      ? { attributes: emitter.attempt(() => Object.assign({}, first.attributes, last.attributes)) }
      : {},
    { durationMs },
  );
}
