import { type CloudEvent, type ContentMode, cloudEventsBinding, STRUCTURED_TYPE } from "@alumiini/delivery";
import { type CdeventResult, parseCdevent } from "./spec/parse.js";
import type { Cdevent } from "./spec/types.js";
import { isObject } from "./spec/validate.js";

/** A CloudEvent as it goes over HTTP, and as the `cloudevents` package's `HTTP.toEvent` takes it. */
export interface CloudEventMessage {
  /** In lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type { ContentMode } from "@alumiini/delivery";

/**
 * The HTTP binding of CloudEvents. The content types are the plain ones, without a character set: some receivers compare
 * the whole text.
 */
export const HTTP_BINDING = /* @__PURE__ */ cloudEventsBinding({
  prefix: "ce-",
  contentTypeHeader: "content-type",
  structuredType: STRUCTURED_TYPE,
  percentEncoded: true,
});

/** What a CDEvent's context has no place for. */
export interface CloudEventExtensions {
  /** W3C trace context. */
  readonly traceparent?: string | undefined;
}

/**
 * The CDEvent in a CloudEvent: id, source, type, time and subject are the CDEvent's, data is the whole CDEvent. The
 * result is a plain object that the `cloudevents` package takes too: `new CloudEvent(toCloudEvent(event))`.
 */
export function toCloudEvent(event: Cdevent, extensions: CloudEventExtensions = {}): CloudEvent {
  const { context, subject } = event;
  const { traceparent } = extensions;
  return {
    specversion: "1.0",
    id: context.id,
    source: context.source,
    type: context.type,
    subject: subject.id,
    time: context.timestamp,
    datacontenttype: "application/json",
    ...(traceparent !== undefined && { traceparent }),
    data: event,
  };
}

/**
 * Reads the CDEvent out of a CloudEvent: a plain object, one of the `cloudevents` package, or a message in either mode,
 * whose headers may be those of `node:http`, of `fetch`, or any object. Never throws, whatever it is given. The data is what counts; of the attributes only `type` must agree with it.
 */
export function fromCloudEvent(cloudEvent: unknown): CdeventResult {
  try {
    const { type, data } = isMessage(cloudEvent) ? readMessage(cloudEvent) : attributesOf(cloudEvent);
    const parsed = parseCdevent(data);
    if (!parsed.ok || type === undefined || type === parsed.event.context.type) return parsed;
    return refuse("/type", "must be that of the CDEvent in the data");
  } catch (error) {
    return refuse("", error instanceof SyntaxError ? "must be JSON" : "can't be read");
  }
}

/**
 * Puts a CloudEvent into an HTTP message.
 *
 * @throws {TypeError} when the data can't be written as JSON, or an attribute's name or value is none that CloudEvents
 * allows.
 */
export function toMessage(cloudEvent: CloudEvent, mode: ContentMode): CloudEventMessage {
  const { headers, body } = HTTP_BINDING[mode](cloudEvent);
  return { headers, body: new TextDecoder().decode(body) };
}

interface Attributes {
  readonly type: unknown;
  readonly data: unknown;
}

function attributesOf(cloudEvent: unknown): Attributes {
  if (typeof cloudEvent === "string") return attributesOf(JSON.parse(cloudEvent));
  if (!isObject(cloudEvent)) return { type: undefined, data: undefined };
  const { type, data, data_base64: base64 } = cloudEvent;
  return { type, data: data === undefined && typeof base64 === "string" ? decodeBase64(base64) : data };
}

interface UnreadMessage {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

function isMessage(value: unknown): value is UnreadMessage {
  return isObject(value) && value["specversion"] === undefined && isObject(value["headers"]) && "body" in value;
}

function readMessage({ headers, body }: UnreadMessage): Attributes {
  const type = header(headers, "ce-type");
  if (type === undefined) return attributesOf(body);
  return { type: decodeHeader(type), data: body };
}

function header(headers: Readonly<Record<string, unknown>>, wanted: string): string | undefined {
  if (headers instanceof Headers) return headers.get(wanted) ?? undefined;
  const [, value] = Object.entries(headers).find(([name]) => name.toLowerCase() === wanted) ?? [];
  return typeof value === "string" ? value : undefined;
}

function decodeHeader(value: string): string {
  return value.includes("%") ? decodeURIComponent(value) : value;
}

function decodeBase64(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
}

function refuse(path: string, message: string): CdeventResult {
  return { ok: false, errors: [{ path, message }] };
}
