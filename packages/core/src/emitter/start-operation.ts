import type { UncheckedFields } from "../event/build-event.js";
import type { AluminiEvent } from "../event/event.js";
import { toIdentifier } from "../event/sanitize.js";
import type { OperationName } from "../event/taxonomy.js";
import type { EventType } from "../event/vocabulary.js";
import { classifyError, type ErrorClassifier } from "./classify-error.js";
import type { Attached } from "./dispatcher.js";
import type { Report } from "./failure.js";
import type { OperationHandle } from "./operation.js";
import type { AnySubscriber } from "./subscriber.js";

/** What operations need of the instance that they belong to. */
export interface OperationHost {
  readonly emit: (type: EventType, fields: UncheckedFields) => void;
  readonly monotonic: () => number;
  readonly newId: () => string;
  readonly report: Report;
  readonly classifyError: ErrorClassifier | undefined;
  /** Calls what may throw; what it throws is reported. */
  readonly attempt: <T>(call: () => T) => T | undefined;
  /** The subscribers to tell of operations that begin. */
  readonly listeners: () => readonly Attached[];
  readonly ask: <T>(to: Attached, about: string, call: (subscriber: AnySubscriber) => T) => T | undefined;
  /** Makes the fields fit to be shown to subscribers; there is none where no event could be made of them. */
  readonly describe: (type: EventType, fields: UncheckedFields) => AluminiEvent | undefined;
  /** What is under way, to report at `close` and where a handle is forgotten. */
  readonly open: Set<OpenOperation>;
  readonly forgotten: FinalizationRegistry<OpenOperation>;
}

/** What is remembered of an operation, without keeping its handle alive. */
export interface OpenOperation {
  readonly operation: string;
  readonly repoName: string;
}

/** Calls what it is given, once, within all that subscribers keep for an operation. */
type Activate = (call: () => void) => void;

/** An operation that has begun. */
interface Begun<O extends OperationName> {
  readonly handle: OperationHandle<O>;
  readonly activations: readonly Activate[];
}

/** An operation that another is started on. */
interface Parent {
  readonly handle: OperationHandle;
  readonly fields: UncheckedFields;
  /** The child that failed last, and with what: the parent may fail with the same. */
  failedChild?: { readonly operation: OperationName; readonly error: unknown };
}

type OperationFields = UncheckedFields & { readonly operation?: unknown };

/** What a child takes over from the operation that it is started on. */
const INHERITED = [
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

/** The started, completed and failed event of each operation; git has none for its start. */
const EVENTS: ReadonlyMap<unknown, readonly [EventType | undefined, EventType, EventType]> = /* @__PURE__ */ new Map([
  ["sync", ["sync_started", "sync_completed", "sync_failed"]],
  ["git", [undefined, "git_fetched", "git_fetched"]],
  ["clone", [undefined, "git_cloned", "git_cloned"]],
  ["apply", ["apply_started", "apply_completed", "apply_failed"]],
  ["drift", ["drift_detected", "drift_corrected", "drift_corrected"]],
  ["worker", ["worker_started", "worker_stopped", "worker_stopped"]],
]);

/** `start` and `run`, of telemetry itself or of the operation that `parent` answers. */
export function starters(host: OperationHost, parent?: () => Parent) {
  const start = <O extends OperationName>(operation: O, fields: OperationFields) =>
    startOperation(host, operation, fields, parent?.());
  return {
    start: <O extends OperationName>(operation: O, fields: OperationFields) => start(operation, fields).handle,
    run: <O extends OperationName, R>(operation: O, fields: OperationFields, run: (handle: OperationHandle<O>) => R) =>
      runOperation(start(operation, fields), run),
  };
}

/** Starts an operation and emits its started event, where there is one. */
function startOperation<O extends OperationName>(
  host: OperationHost,
  operation: O,
  given: OperationFields,
  parent?: Parent,
): Begun<O> {
  // The severity and outcome of the start say nothing about the end.
  const { severity, outcome, operation: variant, ...own } = host.attempt((): OperationFields => ({ ...given })) ?? {};
  const inherited = Object.fromEntries(INHERITED.map((name) => [name, parent?.fields[name]]));
  const fields = merge(operation === "sync" ? { syncId: host.newId() } : {}, inherited, own);
  const [started, completed, failed] =
    EVENTS.get(operation === "git" && variant === "clone" ? variant : operation) ?? [];
  const about: OpenOperation = {
    operation: toIdentifier(operation) ?? "",
    repoName: toIdentifier(fields.repoName) ?? "",
  };

  function end(type: EventType | undefined, last?: UncheckedFields): void {
    if (host.open.delete(about)) {
      host.forgotten.unregister(about);
      const durationMs = Math.max(0, host.monotonic() - startedAt) || 0;
      if (type) host.emit(type, merge(fields, host.attempt(() => ({ ...last })) ?? {}, { durationMs }));
    } else host.report({ kind: "operation_ended_twice", ...about });
  }

  const handle: OperationHandle<O> = {
    operation,
    syncId: toIdentifier(fields.syncId),
    get ended() {
      return !host.open.has(about);
    },
    complete: (last) => end(completed, last),
    fail(reason: unknown) {
      const said = host.attempt(() => (isFailFields(reason) ? reason : undefined));
      if (said) {
        end(failed, said);
        return;
      }
      if (parent) parent.failedChild = { operation, error: reason };
      const child = self.failedChild;
      const context = { operation, failedChild: child?.error === reason ? child?.operation : undefined };
      const errorType =
        host.attempt(() => host.classifyError?.(reason, context)) ?? host.attempt(() => classifyError(reason, context));
      const errorMessage = host.attempt(() => (reason instanceof Error ? reason.message : String(reason)));
      end(failed, { errorType: errorType ?? "unknown", errorMessage });
    },
    ...starters(host, (): Parent => self),
  };
  const self: Parent = { handle, fields };
  host.open.add(about);
  host.forgotten.register(handle, about, about);
  const activations = completed ? tell(host, operation, completed, self, parent?.handle, own) : [];
  if (started) host.emit(started, { ...fields, severity, outcome });
  const startedAt = host.monotonic();
  return { handle, activations };
}

/** Tells the subscribers that an operation begins, puts the ids that they answer on its fields, collects the rest. */
function tell(
  host: OperationHost,
  operation: OperationName,
  completedType: EventType,
  { handle, fields }: Parent,
  parent: OperationHandle | undefined,
  { traceId, spanId }: UncheckedFields,
): readonly Activate[] {
  let ids: UncheckedFields = { traceId, spanId };
  const activations: Activate[] = [];
  for (const to of host.listeners()) {
    const described = host.describe(completedType, { ...fields, ...ids });
    if (!described) break;
    const start = { operation, completedType, handle, parent, fields: described };
    const context = host.ask(to, operation, (subscriber) => subscriber.begin?.(start));
    if (context?.traceId && context.spanId && !ids.traceId && !ids.spanId) {
      ids = { traceId: context.traceId, spanId: context.spanId };
      Object.assign(fields, ids);
    }
    if (context?.run) activations.push((call) => host.ask(to, operation, () => context.run?.(call)));
  }
  return activations;
}

/** Runs `run` under an operation that ends as it ends. */
function runOperation<O extends OperationName, R>(
  { handle, activations }: Begun<O>,
  run: (handle: OperationHandle<O>) => R,
): R {
  const complete = () => {
    if (!handle.ended) handle.complete();
  };
  const fail = (error: unknown) => {
    if (!handle.ended) handle.fail(error);
  };
  let result: R;
  try {
    result = activate(activations, () => run(handle));
  } catch (error) {
    fail(error);
    throw error;
  }
  if (!isThenable(result)) {
    complete();
    return result;
  }
  // Resolving a promise answers that same promise; of another thenable, `then` must be called only once.
  const settled = Promise.resolve(result);
  settled.then(complete, fail);
  return settled as R;
}

/** Calls within all activations, the first outermost. Whatever they do, the call is made, once. */
function activate<R>(activations: readonly Activate[], call: () => R): R {
  const answers: (() => R)[] = [];
  const once = () => {
    if (answers.length > 0) return;
    try {
      const result = call();
      answers.push(() => result);
    } catch (error) {
      answers.push(() => {
        throw error;
      });
    }
  };
  activations.reduceRight<() => void>((inner, outer) => () => outer(inner), once)();
  // Where one of them never made the call.
  once();
  const [answer = call] = answers;
  return answer();
}

/** The later over the earlier; what is `undefined` does not count. */
function merge(...sources: readonly UncheckedFields[]): UncheckedFields {
  const entries = sources.flatMap(Object.entries<unknown>);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function isFailFields(reason: unknown): reason is UncheckedFields {
  return !(reason instanceof Error) && typeof Object(reason).errorType === "string";
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof Object(value).then === "function";
}
