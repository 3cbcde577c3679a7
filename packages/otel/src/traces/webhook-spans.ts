import type { OperationStart } from "@alumiini/core";
import * as api from "@opentelemetry/api";
import { repositoryKey } from "../repository-key.js";
import { toHrTime } from "../time.js";
import { WebhookLinks } from "../webhook-links.js";
import { type AnyEvent, eventAttributes } from "./span-attributes.js";
import { activeSpan, contextOfIds, rootContext } from "./span-parent.js";

/** Finds the span of each webhook, for the sync that follows to be linked to. */
export class WebhookSpans {
  readonly #links = new WebhookLinks();

  get dropped(): number {
    return this.#links.dropped;
  }

  /** Remembers the webhook's span, and answers it; makes one where nobody did, so that there is something to link to. */
  note(event: AnyEvent, tracer: api.Tracer | undefined): api.SpanContext | undefined {
    // Who was refused leads to no sync, and may be anybody.
    if (tracer === undefined || event.outcome !== "success") return undefined;
    const given = contextOfIds(event);
    const request = (given && api.trace.getSpanContext(given)) ?? activeSpan()?.spanContext() ?? create(event, tracer);
    if (!api.isSpanContextValid(request)) return undefined;
    this.#links.add(repositoryKey(event), request, event.id);
    return request;
  }

  /** The webhooks that a sync may have come of: those that wait, and the one whose request is still active. */
  linksOf(fields: OperationStart["fields"]): api.Link[] {
    if (fields.trigger !== "webhook") return [];
    const links = this.#links.isEmpty ? [] : this.#links.take(repositoryKey(fields));
    const request = activeSpan()?.spanContext();
    const isNew = request && request.spanId !== fields.spanId;
    if (isNew && !links.some(({ context }) => context.spanId === request.spanId)) links.push({ context: request });
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
