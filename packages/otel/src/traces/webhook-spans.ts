import type { OperationStart } from "@alumiini/core";
import { repositoryKey } from "@alumiini/core/adapter";
import * as api from "@opentelemetry/api";
import { toHrTime } from "../time.js";
import { type AnyEvent, eventAttributes } from "./span-attributes.js";
import { activeSpan, contextOfIds, rootContext } from "./span-parent.js";

/** Webhooks of one repository that the next sync is linked to; of more, the newest. */
const MAX_LINKS = 32;
/** Repositories whose webhooks are remembered. */
const MAX_REPOSITORIES = 1000;
/** Milliseconds after which a webhook has led to no sync. */
const MAX_AGE_MS = 600_000;

interface Arrival {
  readonly link: api.Link;
  readonly arrivedAt: number;
}

/**
 * Finds the span of each webhook, for the sync that follows to be linked to. Webhooks coalesce and syncs queue, so a sync
 * is linked to each webhook that may have led to it, and is the child of none. Bounded in webhooks, repositories and time.
 */
export class WebhookSpans {
  readonly #arrivals = new Map<string, Arrival[]>();
  #dropped = 0;

  /** Webhooks that were forgotten before a sync came. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Remembers the webhook's span, and returns it: the one of its ids, else that of the active request, else a new one, so
   * that there is something to link to. The request that a relayed webhook comes in is another one.
   */
  note(event: AnyEvent, tracer: api.Tracer | undefined, relayed: boolean): api.SpanContext | undefined {
    // A refused webhook leads to no sync, and anybody may send it.
    if (tracer === undefined || event.outcome !== "success") return undefined;
    const given = contextOfIds(event);
    const active = relayed ? undefined : activeSpan()?.spanContext();
    const request = (given && api.trace.getSpanContext(given)) ?? active ?? create(event, tracer);
    if (!api.isSpanContextValid(request)) return undefined;
    this.#add(repositoryKey(event), { context: request, attributes: { "alumiini.event.id": event.id } });
    return request;
  }

  /** The webhooks that may have led to a sync: those that wait, and the one whose request is still active. */
  linksOf(fields: OperationStart["fields"], relayed: boolean): api.Link[] {
    if (fields.trigger !== "webhook") return [];
    const links = this.#arrivals.size === 0 ? [] : this.#take(repositoryKey(fields));
    const request = relayed ? undefined : activeSpan()?.spanContext();
    const isNew = request && request.spanId !== fields.spanId;
    if (isNew && !links.some(({ context }) => context.spanId === request.spanId)) links.push({ context: request });
    return links;
  }

  #add(repository: string, link: api.Link): void {
    const arrivals = this.#arrivals.get(repository) ?? [];
    // Set anew, so that the repository that waits longest stays first.
    this.#arrivals.delete(repository);
    this.#arrivals.set(repository, arrivals);
    if (arrivals.length >= MAX_LINKS) {
      arrivals.shift();
      this.#dropped++;
    }
    arrivals.push({ link, arrivedAt: performance.now() });
    if (this.#arrivals.size <= MAX_REPOSITORIES) return;
    for (const [oldest, forgotten] of this.#arrivals) {
      this.#dropped += forgotten.length;
      this.#arrivals.delete(oldest);
      return;
    }
  }

  #take(repository: string): api.Link[] {
    const arrivals = this.#arrivals.get(repository);
    if (arrivals === undefined) return [];
    this.#arrivals.delete(repository);
    const oldest = performance.now() - MAX_AGE_MS;
    const links = arrivals.filter(({ arrivedAt }) => arrivedAt >= oldest).map(({ link }) => link);
    this.#dropped += arrivals.length - links.length;
    return links;
  }
}

function create(event: AnyEvent, tracer: api.Tracer): api.SpanContext {
  const provider = "provider" in event ? event.provider : undefined;
  const startTime = toHrTime(event.timestamp - (event.durationMs ?? 0));
  const options = { kind: api.SpanKind.SERVER, startTime, attributes: eventAttributes(event) };
  const span = tracer.startSpan(`webhook ${provider ?? "unknown"}`, options, rootContext());
  span.end(toHrTime(event.timestamp));
  return span.spanContext();
}
