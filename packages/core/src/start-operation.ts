import type { UncheckedFields } from "./build-event.js";
import type { ErrorContext } from "./classify-error.js";
import type { OpenOperations } from "./open-operations.js";
import type { ChildFields, CompleteFields, FailFields, Inherited, OperationHandle } from "./operation.js";
import { toIdentifier } from "./sanitize.js";
import type { EventType, OperationName } from "./taxonomy.js";

/** What operations need of the instance that they belong to. */
export interface OperationHost {
  emit(type: EventType, fields: UncheckedFields): void;
  monotonic(): number;
  newId(): string;
  /** Never throws. */
  describe(error: unknown, context: ErrorContext): { readonly errorType: string; readonly errorMessage: string };
  readonly open: OpenOperations;
}

type OperationFields = UncheckedFields & { readonly operation?: unknown };

const INHERITED: readonly Inherited[] = [
  "repoName",
  "namespace",
  "trigger",
  "branch",
  "repoUrl",
  "repoPath",
  "syncId",
  "rolloutRef",
  "traceId",
  "spanId",
];

/** Starts an operation and emits its started event, where there is one. */
export function startOperation<O extends OperationName>(
  host: OperationHost,
  operation: O,
  fields: OperationFields,
  parent?: Operation<OperationName>,
): OperationHandle<O> {
  const handle = new Operation(host, operation, fields, parent);
  const started = startedType(operation);
  if (started !== undefined)
    host.emit(started, { ...handle.fields, severity: fields.severity, outcome: fields.outcome });
  return handle;
}

/** Runs `run` under an operation that ends as it ends. */
export function runOperation<O extends OperationName, R>(
  handle: OperationHandle<O>,
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
    result = run(handle);
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

class Operation<O extends OperationName> implements OperationHandle<O> {
  readonly operation: O;
  readonly fields: OperationFields;
  readonly #host: OperationHost;
  readonly #parent: Operation<OperationName> | undefined;
  readonly #startedAt: number;
  readonly #repoName: string;
  readonly #key: number;
  #ended = false;
  /** The child that failed last, to name it when this operation fails with the same error. */
  #failedChild: { readonly operation: OperationName; readonly error: unknown } | undefined;

  constructor(host: OperationHost, operation: O, fields: OperationFields, parent?: Operation<OperationName>) {
    this.#host = host;
    this.#parent = parent;
    this.operation = operation;
    this.fields = startFields(host, operation, fields, parent?.fields);
    this.#repoName = toIdentifier(this.fields.repoName) ?? "an unnamed repository";
    this.#key = host.open.begin(this, operation, this.#repoName);
    this.#startedAt = host.monotonic();
  }

  get syncId(): string | undefined {
    return toIdentifier(this.fields.syncId);
  }

  get ended(): boolean {
    return this.#ended;
  }

  complete(fields?: CompleteFields<O>): void {
    this.#end("completed", fields ?? {});
  }

  fail(reason: FailFields<O> | unknown): void {
    if (isFailFields(reason)) {
      this.#end("failed", reason);
      return;
    }
    const failedChild = this.#failedChild?.error === reason ? this.#failedChild?.operation : undefined;
    this.#parent?.noteFailedChild(this.operation, reason);
    this.#end("failed", this.#host.describe(reason, { operation: this.operation, failedChild }));
  }

  start<C extends OperationName>(operation: C, fields: ChildFields<C>): OperationHandle<C> {
    return startOperation(this.#host, operation, fields, this);
  }

  run<C extends OperationName, R>(operation: C, fields: ChildFields<C>, run: (handle: OperationHandle<C>) => R): R {
    return runOperation(this.start(operation, fields), run);
  }

  noteFailedChild(operation: OperationName, error: unknown): void {
    this.#failedChild = { operation, error };
  }

  #end(how: "completed" | "failed", fields: UncheckedFields): void {
    if (this.#ended) {
      this.#host.open.reportEndedTwice(this.operation, this.#repoName);
      return;
    }
    this.#ended = true;
    this.#host.open.end(this, this.#key);
    const durationMs = Math.max(0, this.#host.monotonic() - this.#startedAt);
    this.#host.emit(stoppedType(this.operation, this.fields, how), { ...merge(this.fields, fields), durationMs });
  }
}

function startFields(
  host: OperationHost,
  operation: OperationName,
  fields: OperationFields,
  parent: OperationFields | undefined,
): OperationFields {
  const inherited: Partial<Record<Inherited, unknown>> = {};
  if (parent !== undefined) for (const name of INHERITED) inherited[name] = parent[name];
  // The severity and outcome of the start say nothing about the end.
  const { severity: _severity, outcome: _outcome, ...own } = fields;
  const merged = merge(inherited, own);
  return operation === "sync" && fields.syncId === undefined ? { ...merged, syncId: host.newId() } : merged;
}

/** `over` on top of `base`; what is `undefined` in it does not count. */
function merge(base: OperationFields, over: OperationFields): OperationFields {
  const known = Object.entries(over).filter(([, value]) => value !== undefined);
  return { ...base, ...Object.fromEntries(known) };
}

function startedType(operation: OperationName): EventType | undefined {
  switch (operation) {
    case "sync":
      return "sync_started";
    case "apply":
      return "apply_started";
    case "drift":
      return "drift_detected";
    case "worker":
      return "worker_started";
    case "git":
      return undefined;
  }
}

function stoppedType(operation: OperationName, fields: OperationFields, how: "completed" | "failed"): EventType {
  switch (operation) {
    case "sync":
      return how === "completed" ? "sync_completed" : "sync_failed";
    case "apply":
      return how === "completed" ? "apply_completed" : "apply_failed";
    case "drift":
      return "drift_corrected";
    case "worker":
      return "worker_stopped";
    case "git":
      return fields.operation === "clone" ? "git_cloned" : "git_fetched";
  }
}

function isFailFields(reason: unknown): reason is UncheckedFields {
  return (
    typeof reason === "object" &&
    reason !== null &&
    !(reason instanceof Error) &&
    "errorType" in reason &&
    typeof reason.errorType === "string"
  );
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
