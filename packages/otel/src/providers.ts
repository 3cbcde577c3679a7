import { readProperty } from "@alumiini/core/adapter";
import * as api from "@opentelemetry/api";
import { globals, REGISTRY, SCOPE, SCOPE_VERSION } from "./globals.js";

/** Whether anything is registered with any copy of the API: the one look-up of an application without an SDK. */
export function isApiUsed(): boolean {
  return globals[REGISTRY] !== undefined;
}

/** Returns a function that finds the tracer, as soon as there is one that does anything. */
export function tracerFinder(injected: api.TracerProvider | undefined): () => api.Tracer | undefined {
  let tracer = injected?.getTracer(SCOPE, SCOPE_VERSION);
  return () => {
    if (tracer !== undefined) return tracer;
    const provider = api.trace.getTracerProvider();
    // The API's proxy until a provider is registered; a provider of another copy of the API is never of its class.
    if (provider instanceof api.ProxyTracerProvider && provider.getDelegateTracer(SCOPE) === undefined)
      return undefined;
    tracer = provider.getTracer(SCOPE, SCOPE_VERSION);
    return tracer;
  };
}

/** Returns a function that finds the meter, as soon as there is one that does anything. Instruments of the API's no-op provider stay no-ops. */
export function meterFinder(injected: api.MeterProvider | undefined): () => api.Meter | undefined {
  let meter = injected?.getMeter(SCOPE, SCOPE_VERSION);
  let noop: api.MeterProvider | undefined;
  return () => {
    if (meter !== undefined) return meter;
    const provider = api.metrics.getMeterProvider();
    if (provider === noop) return undefined;
    const found = provider.getMeter(SCOPE, SCOPE_VERSION);
    if (found === api.createNoopMeter()) noop = provider;
    else meter = found;
    return meter;
  };
}

/**
 * Returns what is wrong if the application has registered its SDK with an older `@opentelemetry/api` than ours: ours then
 * finds nothing, silently.
 */
export function describeApiMismatch(): string | undefined {
  const registry = globals[REGISTRY];
  if (registry === undefined) return undefined;
  const tracers = readProperty(registry, "trace");
  const meters = readProperty(registry, "metrics");
  const isLost =
    (tracers !== undefined && tracers !== api.trace.getTracerProvider()) ||
    (meters !== undefined && meters !== api.metrics.getMeterProvider());
  if (!isLost) return undefined;
  return (
    `The OpenTelemetry SDK was registered with @opentelemetry/api ${String(readProperty(registry, "version"))}, which ` +
    "the newer copy that @alumiini/otel resolves can't use: nothing will be exported. Have one version of " +
    "@opentelemetry/api installed, or pass otelSubscriber your tracerProvider, meterProvider and loggerProvider."
  );
}

/** Makes the SDK behind a provider send what it holds. It is no part of the API; every SDK has it. */
export async function forceFlush(provider: unknown): Promise<void> {
  const sdk = call(provider, "getDelegate") ?? provider;
  await call(sdk, "forceFlush");
}

/** Calls the method if there is one: that depends on the SDK. */
function call(target: unknown, method: string): unknown {
  const found = readProperty(target, method);
  return typeof found === "function" ? found.call(target) : undefined;
}
