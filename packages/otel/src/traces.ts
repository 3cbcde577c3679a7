import type { EventOf, OperationContext, OperationStart } from "@alumiini/core";
import * as api from "@opentelemetry/api";
import { keepContext, keptContext } from "./context.js";
import { type Abandonment, OpenMap } from "./open-map.js";
import { type AnyEvent, endAttributes, isFailure, startAttributes, taskNameOf } from "./span-attributes.js";
import { activeSpan, contextOf, contextOfIds, rootContext } from "./span-parent.js";
import { toHrTime } from "./time.js";
import { WebhookSpans } from "./webhook-spans.js";

/** A span whose end is still to come. */
interface OpenSpan {
  readonly span: api.Span;
  readonly context: api.Context;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Undefined for a sync. */
  readonly task: string | undefined;
}

/** What a sync or a step is known by before it ends. */
type Beginning = OperationStart["fields"];

/** How the tracer is asked for: there may be none yet. */
export type FindTracer = () => api.Tracer | undefined;

/** What the limits of open spans are made of. */
export interface TraceLimits {
  readonly maxOpen: number;
  readonly orphanTimeoutMs: number;
}

/**
 * One trace for each sync: `SYNC <repo>`, with a span for each git operation and each apply in it. Operations have their
 * span from the beginning, found again by the ids on their events; a sync whose events are emitted one by one is found
 * by its id; all that only has an end becomes a span in retrospect.
 */
export class Traces {
  readonly #findTracer: FindTracer;
  readonly #open: OpenMap<OpenSpan>;
  readonly #webhooks = new WebhookSpans();
  #orphans = 0;

  constructor(findTracer: FindTracer, { maxOpen, orphanTimeoutMs }: TraceLimits) {
    this.#findTracer = findTracer;
    this.#open = new OpenMap(maxOpen, orphanTimeoutMs, (open, why) => this.#abandon(open, why));
  }

  get openSpans(): number {
    return this.#open.size;
  }

  /** Spans that were ended because nothing else did. */
  get orphans(): number {
    return this.#orphans;
  }

  get droppedLinks(): number {
    return this.#webhooks.dropped;
  }

  begin({ operation, completedType, handle, parent, fields }: OperationStart): OperationContext | undefined {
    const around = keptContext(parent);
    const task = taskNameOf(completedType);
    if (operation !== "sync" && task === undefined) return this.#follow(handle, around);
    const tracer = this.#findTracer();
    if (tracer === undefined) return undefined;
    const open = this.#start(tracer, fields, task, this.#contextFor(fields, task, around));
    const { traceId, spanId } = open.span.spanContext();
    // A tracer that does nothing, or was told to, answers a span without ids.
    if (!api.isSpanContextValid(open.span.spanContext())) return undefined;
    this.#open.open(keyOf(task, fields.syncId, fields.spanId ?? spanId), open);
    keepContext(handle, open.context);
    return { traceId, spanId, run: (call) => api.context.with(open.context, call) };
  }

  /** Answers the span of a webhook, which may be made only now. */
  handle(event: AnyEvent): api.SpanContext | undefined {
    switch (event.type) {
      case "sync_started":
        this.#startSync(event);
        break;
      case "sync_completed":
      case "sync_failed":
        this.#end(event, undefined);
        break;
      case "git_fetched":
      case "git_cloned":
      case "apply_completed":
      case "apply_failed":
        this.#end(event, taskNameOf(event.type));
        break;
      case "webhook_received":
        return this.#webhooks.note(event, this.#findTracer());
    }
    return undefined;
  }

  /** The context of the event's span, for what else is told of it; to be asked for before the span ends. */
  contextOf(event: AnyEvent): api.Context {
    const near = this.#syncOf(event)?.context ?? api.context.active();
    const { traceId, spanId } = event;
    const known = api.trace.getSpanContext(near);
    if (traceId === undefined || spanId === undefined || known?.spanId === spanId) return near;
    if (known?.traceId !== traceId) return contextOfIds(event) ?? near;
    return api.trace.setSpanContext(near, { traceId, spanId, traceFlags: known.traceFlags });
  }

  /** The open sync that the event belongs to. */
  #syncOf({ syncId }: { readonly syncId?: string }): OpenSpan | undefined {
    return syncId === undefined ? undefined : this.#open.get(keyOf(undefined, syncId, undefined));
  }

  sweep(): void {
    this.#open.sweep();
  }

  close(): void {
    this.#open.abandonAll();
  }

  /** Drifts and workers have no span: what they do belongs to the sync around them. */
  #follow(handle: OperationStart["handle"], around: api.Context | undefined): OperationContext | undefined {
    if (around === undefined) return undefined;
    keepContext(handle, around);
    return { run: (call) => api.context.with(around, call) };
  }

  #startSync(event: EventOf<"sync_started">): void {
    // Without an id its end could not be told from another's: then it becomes a span in retrospect.
    if (event.syncId === undefined || this.#syncOf(event) !== undefined) return;
    const tracer = this.#findTracer();
    if (tracer === undefined) return;
    this.#open.open(
      keyOf(undefined, event.syncId, undefined),
      this.#start(tracer, event, undefined, this.#contextFor(event, undefined)),
    );
  }

  #start(tracer: api.Tracer, fields: Beginning, task: string | undefined, parent: api.Context): OpenSpan {
    const startedAt = fields.timestamp;
    const span = tracer.startSpan(
      task ?? `SYNC ${fields.repoName}`,
      {
        kind: task === undefined ? api.SpanKind.SERVER : api.SpanKind.INTERNAL,
        startTime: toHrTime(startedAt),
        attributes: startAttributes(fields, task),
        links: task === undefined ? this.#webhooks.linksOf(fields) : [],
      },
      parent,
    );
    return { span, context: api.trace.setSpan(parent, span), startedAt, task };
  }

  #end(event: AnyEvent, task: string | undefined): void {
    const { durationMs = 0, syncId, spanId } = event;
    const isKnown = spanId !== undefined || (task === undefined && syncId !== undefined);
    const open = isKnown ? this.#open.take(keyOf(task, syncId, spanId)) : undefined;
    let span = open?.span;
    let endedAt = event.timestamp;
    if (open === undefined) {
      const tracer = this.#findTracer();
      if (tracer === undefined) return;
      span = this.#inRetrospect(tracer, event, task, endAttributes(event, task));
    } else {
      // The duration is the monotonic clock's, which nobody sets back.
      endedAt = open.startedAt + durationMs;
      if (open.span.isRecording()) open.span.setAttributes(endAttributes(event, task));
    }
    if (isFailure(event)) {
      span?.setStatus({
        code: api.SpanStatusCode.ERROR,
        message: event.errorMessage ?? event.errorType ?? event.outcome,
      });
    }
    span?.end(toHrTime(endedAt));
  }

  /** A span of which only the end was told. */
  #inRetrospect(tracer: api.Tracer, event: AnyEvent, task: string | undefined, attributes: api.Attributes): api.Span {
    return tracer.startSpan(
      task ?? `SYNC ${event.repoName}`,
      {
        kind: task === undefined ? api.SpanKind.SERVER : api.SpanKind.INTERNAL,
        startTime: toHrTime(event.timestamp - (event.durationMs ?? 0)),
        attributes,
        links: task === undefined ? this.#webhooks.linksOf(event) : [],
      },
      this.#contextFor(event, task),
    );
  }

  /** Where a span belongs. */
  #contextFor(fields: Beginning, task: string | undefined, around?: api.Context): api.Context {
    const given = contextOfIds(fields);
    if (task === undefined) {
      if (given !== undefined) return given;
      // A webhook's request ends long before the sync that it led to: a link, not a parent.
      const span = fields.trigger === "webhook" ? undefined : activeSpan();
      return span === undefined ? rootContext() : contextOf(span);
    }
    const sync = around ?? this.#syncOf(fields)?.context;
    const syncContext = sync && api.trace.getSpanContext(sync);
    if (given !== undefined && syncContext?.spanId !== fields.spanId) return given;
    const active = activeSpan();
    // A span of the user's own within the sync is nearer than the sync.
    if (active && (sync === undefined || active.spanContext().traceId === syncContext?.traceId))
      return contextOf(active);
    return sync ?? rootContext();
  }

  #abandon({ span, task }: OpenSpan, why: Abandonment): void {
    this.#orphans++;
    const result = why === "closed" ? "cancellation" : "error";
    span.setAttributes({
      "alumiini.orphan": why,
      [task === undefined ? "cicd.pipeline.result" : "cicd.pipeline.task.run.result"]: result,
      "error.type": "orphan",
    });
    span.setStatus({ code: api.SpanStatusCode.ERROR, message: `Its end was never told (${why})` });
    span.end();
  }
}

/** A sync is found by its id, whoever emits its events; a step, and a sync without an id, by its span's. */
function keyOf(task: string | undefined, syncId: string | undefined, spanId: string | undefined): string {
  return task === undefined && syncId !== undefined ? `sync ${syncId}` : `${task ?? "run"} ${spanId}`;
}
