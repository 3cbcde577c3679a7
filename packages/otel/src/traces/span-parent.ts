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

/** The active context, whose span counts only while it lasts: without one, what begins is a root. */
export function liveContext(): api.Context {
  return activeSpan() === undefined ? rootContext() : api.context.active();
}

/** Returns the context, within `base`, whose span has the ids that the caller gave. */
export function contextOfIds({ traceId, spanId }: Ids, base = api.context.active()): api.Context | undefined {
  if (traceId === undefined || spanId === undefined) return undefined;
  if (api.trace.getSpanContext(base)?.spanId === spanId) return base;
  // Nothing says whether that trace is sampled; it was given to be found.
  const remote = { traceId, spanId, traceFlags: api.TraceFlags.SAMPLED, isRemote: true };
  return api.trace.setSpanContext(base, remote);
}

/** The active context without a span. It may hold baggage and more. */
export function rootContext(): api.Context {
  const active = api.context.active();
  return api.trace.getSpan(active) === undefined ? active : api.trace.deleteSpan(active);
}

/** An operation's place among those that it is started on. */
class Place {
  constructor(readonly outer: Place | undefined) {}
}

const PLACE = api.createContextKey("@alumiini/otel place");

/** The context of an operation that begins in `parent`; `near` is that of the operation that it is started on. */
export function operationContext(parent: api.Context, span: api.Span, near: api.Context | undefined): api.Context {
  return api.trace.setSpan(parent, span).setValue(PLACE, new Place(near && placeOf(near)));
}

/**
 * The active context where it is within the operation's: a span of the user's own in there is nearer than the
 * operation. Else the operation's: what is active then may as well be around the operation, or have nothing to do with it.
 */
export function nearest(operation: api.Context): api.Context {
  const active = api.context.active();
  const sought = placeOf(operation);
  for (let place = placeOf(active); place !== undefined; place = place.outer) {
    if (place === sought) return activeSpan() === undefined ? operation : active;
  }
  return operation;
}

function placeOf(context: api.Context): Place | undefined {
  const place = context.getValue(PLACE);
  return place instanceof Place ? place : undefined;
}
