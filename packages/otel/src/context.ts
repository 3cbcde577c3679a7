import type { OperationHandle, OperationName } from "@alumiini/core";
import * as api from "@opentelemetry/api";

const contexts = new WeakMap<object, api.Context>();

/** Remembers the context of an operation for as long as its handle lives. */
export function keepContext(handle: OperationHandle, context: api.Context): void {
  contexts.set(handle, context);
}

/** Returns the context that was kept for the operation, if there is one. */
export function keptContext(handle: OperationHandle | undefined): api.Context | undefined {
  return handle && contexts.get(handle);
}

/**
 * Returns the context whose span is the operation's. `telemetry.run` activates it by itself; use it with
 * `telemetry.start`, or to propagate the trace yourself. Operations without a span of their own have that of the operation
 * around them. Without either, because no tracer saw the operation begin, it is the active context.
 *
 * @example
 * ```ts
 * import { createTelemetry } from "@alumiini/core";
 * import { contextFor, otelSubscriber } from "@alumiini/otel";
 * import { context, propagation } from "@opentelemetry/api";
 *
 * const telemetry = createTelemetry({ clusterId: "prod-us-east" });
 * telemetry.subscribe(otelSubscriber());
 * const sync = telemetry.start("sync", { repoName: "my-app", namespace: "default", trigger: "poll" });
 * const headers: Record<string, string> = {};
 * propagation.inject(contextFor(sync), headers); // headers.traceparent
 * context.with(contextFor(sync), () => {
 *   // Spans that begin here are children of the sync's.
 * });
 * sync.complete();
 * ```
 */
export function contextFor<O extends OperationName>(handle: OperationHandle<O>): api.Context {
  return contexts.get(handle) ?? api.context.active();
}
