import * as api from "@opentelemetry/api";
import { globals, REGISTRY } from "./globals.js";
import { SCOPE, SCOPE_VERSION } from "./scope.js";

/** Whether anybody has registered anything with any copy of the API: the one look-up of an application without an SDK. */
export function isApiUsed(): boolean {
  return globals[REGISTRY] !== undefined;
}

/** Answers the tracer, as soon as there is one that does anything. */
export function tracerFinder(injected: api.TracerProvider | undefined): () => api.Tracer | undefined {
  let tracer = injected?.getTracer(SCOPE, SCOPE_VERSION);
  return () => {
    if (tracer !== undefined) return tracer;
    const provider = api.trace.getTracerProvider();
    // The API's stand-in until a provider is registered; providers of other copies of the API are none of its class.
    if (provider instanceof api.ProxyTracerProvider && provider.getDelegateTracer(SCOPE) === undefined)
      return undefined;
    tracer = provider.getTracer(SCOPE, SCOPE_VERSION);
    return tracer;
  };
}

/** Answers the meter, as soon as there is one that does anything. Instruments of the API's stand-in never wake up. */
export function meterFinder(injected: api.MeterProvider | undefined): () => api.Meter | undefined {
  let meter = injected?.getMeter(SCOPE, SCOPE_VERSION);
  let standIn: api.MeterProvider | undefined;
  return () => {
    if (meter !== undefined) return meter;
    const provider = api.metrics.getMeterProvider();
    if (provider === standIn) return undefined;
    const found = provider.getMeter(SCOPE, SCOPE_VERSION);
    if (found === api.createNoopMeter()) standIn = provider;
    else meter = found;
    return meter;
  };
}

/**
 * Says what is wrong where the application has registered its SDK with an older `@opentelemetry/api` than ours, which
 * then finds nothing, and says nothing.
 */
export function describeApiMismatch(): string | undefined {
  const registry = globals[REGISTRY];
  if (typeof registry !== "object" || registry === null) return undefined;
  const tracers: unknown = Reflect.get(registry, "trace");
  const meters: unknown = Reflect.get(registry, "metrics");
  const isLost =
    (tracers !== undefined && tracers !== api.trace.getTracerProvider()) ||
    (meters !== undefined && meters !== api.metrics.getMeterProvider());
  if (!isLost) return undefined;
  return (
    `The OpenTelemetry SDK was registered with @opentelemetry/api ${String(Reflect.get(registry, "version"))}, which ` +
    "the newer copy that @alumiini/otel resolves can't use: nothing will be exported. Have one version of " +
    "@opentelemetry/api installed, or pass otelSubscriber your tracerProvider, meterProvider and loggerProvider."
  );
}

/** Has the SDK behind a provider send what it holds. The API has no word for it; every SDK does. */
export async function forceFlush(provider: unknown): Promise<void> {
  const sdk = call(provider, "getDelegate") ?? provider;
  await call(sdk, "forceFlush");
}

/** Calls the method where there is one: what is there depends on the SDK. */
function call(target: unknown, method: string): unknown {
  if (typeof target !== "object" || target === null) return undefined;
  const found: unknown = Reflect.get(target, method);
  return typeof found === "function" ? found.call(target) : undefined;
}
