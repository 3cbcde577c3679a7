import type { EventOf, OperationContext, OperationStart } from "@alumiini/core";
import { repositoryKey } from "@alumiini/core/adapter";
import * as api from "@opentelemetry/api";
import { keepContext, keptContext } from "../context.js";
import { type Abandonment, OpenMap } from "../open-map.js";
import { toHrTime } from "../time.js";
import { type AnyEvent, endAttributes, isFailure, startAttributes, taskNameOf } from "./span-attributes.js";
import { contextOfIds, liveContext, nearest, operationContext, rootContext } from "./span-parent.js";
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

/** Steps of one relayed sync that wait for its end; those beyond become spans at once. */
const MAX_STEPS = 64;

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
 * by its id. What only has an end becomes a span in retrospect, and so does all that is relayed: a relayed sync with its
 * steps when its end comes.
 */
export class Traces {
  readonly #findTracer: FindTracer;
  readonly #open: OpenMap<OpenSpan>;
  /** Steps of relayed syncs, until the sync's end says which span they belong to. */
  readonly #steps: OpenMap<AnyEvent[]>;
  readonly #webhooks = new WebhookSpans();
  #orphans = 0;

  constructor(findTracer: FindTracer, { maxOpen, orphanTimeoutMs }: TraceLimits) {
    this.#findTracer = findTracer;
    this.#open = new OpenMap(maxOpen, orphanTimeoutMs, (open, why) => this.#abandon(open, why));
    this.#steps = new OpenMap(maxOpen, orphanTimeoutMs, (steps) => this.#endSteps(steps, undefined));
  }

  get openSpans(): number {
    return this.#open.size;
  }

  /** Spans that were ended without an end event. */
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
    if (task !== undefined && fields.spanId !== undefined && this.#open.get(keyOf(task, fields))) {
      // The ends of steps with the same ids can't be distinguished: this one becomes a span in retrospect.
      return undefined;
    }
    const open = this.#start(tracer, fields, task, around);
    const { traceId, spanId } = open.span.spanContext();
    // A no-op tracer, or a context that suppresses tracing, gives a span without ids.
    if (!api.isSpanContextValid(open.span.spanContext())) return undefined;
    this.#open.open(keyOf(task, { ...fields, spanId: fields.spanId ?? spanId }), open);
    keepContext(handle, open.context);
    return { traceId, spanId, run: (call) => api.context.with(open.context, call) };
  }

  /** Returns the span of a webhook, which may be made only now. */
  handle(event: AnyEvent, relayed: boolean): api.SpanContext | undefined {
    switch (event.type) {
      case "sync_started":
        // A relayed one is of the past, and its end may have come already.
        if (!relayed) this.#startSync(event);
        break;
      case "sync_completed":
      case "sync_failed":
        if (relayed) this.#endRelayed(event);
        else this.#end(event, undefined);
        break;
      case "git_fetched":
      case "git_cloned":
      case "apply_completed":
      case "apply_failed":
        if (relayed) this.#keepStep(event);
        else this.#end(event, taskNameOf(event.type));
        break;
      case "webhook_received":
        return this.#webhooks.note(event, this.#findTracer(), relayed);
    }
    return undefined;
  }

  /** The context of the event's span, for its log records; to be asked for before the span ends. */
  contextOf(event: AnyEvent, relayed: boolean): api.Context {
    // What is active is the request that the event was relayed in.
    if (relayed) return contextOfIds(event, rootContext()) ?? rootContext();
    const near = this.#syncOf(event)?.context ?? api.context.active();
    const { traceId, spanId } = event;
    const known = api.trace.getSpanContext(near);
    if (traceId === undefined || spanId === undefined || known?.spanId === spanId) return near;
    if (known?.traceId !== traceId) return contextOfIds(event) ?? near;
    return api.trace.setSpanContext(near, { traceId, spanId, traceFlags: known.traceFlags });
  }

  /** The open sync that the event belongs to. */
  #syncOf(fields: Keyed): OpenSpan | undefined {
    return fields.syncId === undefined ? undefined : this.#open.get(keyOf(undefined, fields));
  }

  sweep(): void {
    this.#open.sweep();
    this.#steps.sweep();
  }

  close(): void {
    this.#open.abandonAll();
    this.#steps.abandonAll();
  }

  #keepStep(event: AnyEvent): void {
    const key = keyOf(undefined, event);
    const steps = event.syncId === undefined ? undefined : this.#steps.get(key);
    if (event.syncId === undefined || (steps !== undefined && steps.length >= MAX_STEPS)) {
      this.#endSteps([event], undefined);
    } else if (steps === undefined) {
      this.#steps.open(key, [event]);
    } else {
      steps.push(event);
    }
  }

  #endRelayed(event: AnyEvent): void {
    const steps = event.syncId === undefined ? undefined : this.#steps.take(keyOf(undefined, event));
    const parent = contextOfIds(event, rootContext()) ?? rootContext();
    const span = this.#addSpan(event, undefined, parent, true);
    if (steps !== undefined) this.#endSteps(steps, span && api.trace.setSpan(rootContext(), span));
  }

  /** Makes the spans of relayed steps, in the span of their sync where there is one. */
  #endSteps(steps: readonly AnyEvent[], sync: api.Context | undefined): void {
    for (const step of steps) {
      const parent = sync ?? contextOfIds(step, rootContext()) ?? rootContext();
      this.#addSpan(step, taskNameOf(step.type), parent, true);
    }
  }

  /** Makes a span of what has ended already. */
  #addSpan(event: AnyEvent, task: string | undefined, parent: api.Context, relayed: boolean): api.Span | undefined {
    const tracer = this.#findTracer();
    if (tracer === undefined) return undefined;
    const startedAt = event.timestamp - (event.durationMs ?? 0);
    const span = this.#startSpan(tracer, event, task, startedAt, endAttributes(event, task), parent, relayed);
    finish(span, event, event.timestamp);
    return span;
  }

  /** Drifts and workers have no span: what they do belongs to the sync around them. */
  #follow(handle: OperationStart["handle"], around: api.Context | undefined): OperationContext | undefined {
    if (around === undefined) return undefined;
    const context = nearest(around);
    keepContext(handle, context);
    return { run: (call) => api.context.with(context, call) };
  }

  #startSync(event: EventOf<"sync_started">): void {
    // Without an id its end could be another sync's: then it becomes a span in retrospect.
    if (event.syncId === undefined || this.#syncOf(event) !== undefined) return;
    const tracer = this.#findTracer();
    if (tracer === undefined) return;
    this.#open.open(keyOf(undefined, event), this.#start(tracer, event, undefined, undefined));
  }

  #start(tracer: api.Tracer, fields: Beginning, task: string | undefined, around: api.Context | undefined): OpenSpan {
    const startedAt = fields.timestamp;
    const near = task === undefined ? undefined : (around ?? this.#syncOf(fields)?.context);
    const parent = parentOf(fields, task, near);
    const span = this.#startSpan(tracer, fields, task, startedAt, startAttributes(fields, task), parent, false);
    return { span, context: operationContext(parent, span, near), startedAt, task };
  }

  #end(event: AnyEvent, task: string | undefined): void {
    const { durationMs = 0, syncId, spanId } = event;
    const isKnown = spanId !== undefined || (task === undefined && syncId !== undefined);
    const open = isKnown ? this.#open.take(keyOf(task, event)) : undefined;
    if (open === undefined) {
      this.#addSpan(
        event,
        task,
        parentOf(event, task, task === undefined ? undefined : this.#syncOf(event)?.context),
        false,
      );
      return;
    }
    if (open.span.isRecording()) open.span.setAttributes(endAttributes(event, task));
    // The duration is that of the monotonic clock, which never goes back.
    finish(open.span, event, open.startedAt + durationMs);
  }

  #startSpan(
    tracer: api.Tracer,
    fields: Beginning,
    task: string | undefined,
    startedAt: number,
    attributes: api.Attributes,
    parent: api.Context,
    relayed: boolean,
  ): api.Span {
    const options = {
      kind: task === undefined ? api.SpanKind.SERVER : api.SpanKind.INTERNAL,
      startTime: toHrTime(startedAt),
      attributes,
      links: task === undefined ? this.#webhooks.linksOf(fields, relayed) : [],
    };
    return tracer.startSpan(task ?? `SYNC ${fields.repoName}`, options, parent);
  }

  #abandon({ span, task }: OpenSpan, why: Abandonment): void {
    this.#orphans++;
    const result = why === "closed" ? "cancellation" : "error";
    span.setAttributes({ "alumiini.orphan": why, "error.type": "orphan" });
    if (task === undefined) span.setAttribute("cicd.pipeline.result", result);
    // There is no event whose id could be the run's.
    else
      span.setAttributes({
        "cicd.pipeline.task.run.result": result,
        "cicd.pipeline.task.run.id": span.spanContext().spanId,
      });
    span.setStatus({ code: api.SpanStatusCode.ERROR, message: `No end event was received (${why})` });
    span.end();
  }
}

/** Ends the span of an event, which failed if the event says so. */
function finish(span: api.Span, event: AnyEvent, endedAt: number): void {
  if (isFailure(event)) {
    span.setStatus({
      code: api.SpanStatusCode.ERROR,
      message: event.errorMessage ?? event.errorType ?? event.outcome,
    });
  }
  span.end(toHrTime(endedAt));
}

/** What a sync or a step is found again by. */
type Keyed = Pick<Beginning, "clusterId" | "namespace" | "repoName" | "syncId" | "spanId">;

/** A sync is found by its id; a step, and a sync without an id, by the id of its span. */
function keyOf(task: string | undefined, fields: Keyed): string {
  const { syncId, spanId } = fields;
  const own = task === undefined && syncId !== undefined ? `sync ${syncId}` : `${task ?? "run"} ${spanId}`;
  // Ids that callers make may be unique in their repository only.
  return `${repositoryKey(fields)}\n${own}`;
}

/** Where a span belongs: `near` is the operation around it. */
function parentOf(fields: Beginning, task: string | undefined, near: api.Context | undefined): api.Context {
  const given = contextOfIds(fields);
  const isGiven = given !== undefined && (near && api.trace.getSpanContext(near))?.spanId !== fields.spanId;
  if (isGiven) return given;
  if (near !== undefined) return nearest(near);
  // A webhook's request ends long before the sync that it led to: a link, not a parent.
  return task === undefined && fields.trigger === "webhook" ? rootContext() : liveContext();
}
