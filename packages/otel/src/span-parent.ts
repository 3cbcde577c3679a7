import * as api from "@opentelemetry/api";

/** Ids that the caller gave an event. */
interface Ids {
  readonly traceId?: string;
  readonly spanId?: string;
}

/** The span that is active, unless it has ended: what was started within a request may long outlive it. */
export function activeSpan(): api.Span | undefined {
  const span = api.trace.getActiveSpan();
  if (span === undefined || !api.isSpanContextValid(span.spanContext())) return undefined;
  const { isRemote, traceFlags } = span.spanContext();
  const isSampled = (traceFlags & api.TraceFlags.SAMPLED) !== 0;
  // A span of the SDK's that was sampled records for as long as it lasts.
  return !span.isRecording() && isSampled && !isRemote ? undefined : span;
}

/** The span's context within the active context, which may hold baggage and more. */
export function contextOf(span: api.Span): api.Context {
  return api.trace.setSpan(api.context.active(), span);
}

/** The context that the caller's own ids stand for. */
export function contextOfIds({ traceId, spanId }: Ids): api.Context | undefined {
  if (traceId === undefined || spanId === undefined) return undefined;
  const active = api.trace.getActiveSpan();
  if (active?.spanContext().spanId === spanId) return contextOf(active);
  // Nothing says whether that trace is sampled; it was given to be found.
  const remote = { traceId, spanId, traceFlags: api.TraceFlags.SAMPLED, isRemote: true };
  return api.trace.setSpanContext(api.context.active(), remote);
}

/** The active context without a span: what begins in it is a root. */
export function rootContext(): api.Context {
  const active = api.context.active();
  return api.trace.getSpan(active) === undefined ? active : api.trace.deleteSpan(active);
}
