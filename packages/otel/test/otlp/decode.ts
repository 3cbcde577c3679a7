import { readFileSync } from "node:fs";
import { join } from "node:path";
import protobuf from "protobufjs";

/** Attributes as plain values. */
export type PlainAttributes = Readonly<Record<string, unknown>>;

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: number;
  /** Nanoseconds since the epoch. */
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: PlainAttributes;
  readonly links: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes: PlainAttributes;
  }[];
  readonly status: { readonly code: number; readonly message: string };
  readonly scope: string;
  readonly resource: PlainAttributes;
}

export interface ReceivedMetric {
  readonly name: string;
  readonly unit: string;
  readonly kind: "gauge" | "counter" | "up-down counter" | "histogram";
  readonly points: readonly { readonly attributes: PlainAttributes; readonly value: number; readonly sum?: number }[];
  readonly bounds: readonly number[];
  readonly scope: string;
}

export interface ReceivedLog {
  readonly eventName: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: unknown;
  readonly attributes: PlainAttributes;
  readonly traceId: string;
  readonly spanId: string;
}

export type Signal = "traces" | "metrics" | "logs";

const types = protobuf.parse(readFileSync(join(import.meta.dirname, "otlp.proto"), "utf8")).root;
const MESSAGES: Readonly<Record<Signal, string>> = { traces: "Traces", metrics: "Metrics", logs: "Logs" };

/** Any message, read field by field. */
class Message {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(fields: unknown) {
    this.#fields = typeof fields === "object" && fields !== null ? { ...fields } : {};
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined;
  }

  text(name: string): string {
    return String(this.#fields[name] ?? "");
  }

  /** An id: bytes in protobuf, hexadecimal digits in JSON. */
  id(name: string): string {
    const value = this.#fields[name];
    return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : String(value ?? "");
  }

  number(name: string): number {
    return Number(this.#fields[name] ?? 0);
  }

  flag(name: string): boolean {
    return this.#fields[name] === true;
  }

  message(name: string): Message {
    return new Message(this.#fields[name]);
  }

  list(name: string): Message[] {
    const value = this.#fields[name];
    return Array.isArray(value) ? value.map((item) => new Message(item)) : [];
  }

  numbers(name: string): number[] {
    const value = this.#fields[name];
    return Array.isArray(value) ? value.map(Number) : [];
  }

  /** This message, as the value of any type that it is. */
  any(): unknown {
    if (this.has("stringValue")) return this.text("stringValue");
    if (this.has("boolValue")) return this.flag("boolValue");
    if (this.has("intValue")) return this.number("intValue");
    if (this.has("doubleValue")) return this.number("doubleValue");
    return this.message("arrayValue")
      .list("values")
      .map((value) => value.any());
  }

  attributes(): PlainAttributes {
    return Object.fromEntries(this.list("attributes").map((pair) => [pair.text("key"), pair.message("value").any()]));
  }
}

/** Reads a request's body in either encoding. */
export function decode(signal: Signal, contentType: string, body: Buffer): Message {
  if (contentType.startsWith("application/json")) return new Message(JSON.parse(body.toString("utf8")));
  const type = types.lookupType(MESSAGES[signal]);
  return new Message(type.toObject(type.decode(body), { longs: String }));
}

export function spansOf(request: Message): ReceivedSpan[] {
  return request.list("resourceSpans").flatMap((inResource) =>
    inResource.list("scopeSpans").flatMap((inScope) =>
      inScope.list("spans").map((span) => ({
        traceId: span.id("traceId"),
        spanId: span.id("spanId"),
        parentSpanId: span.id("parentSpanId"),
        name: span.text("name"),
        kind: span.number("kind"),
        start: BigInt(span.text("startTimeUnixNano")),
        end: BigInt(span.text("endTimeUnixNano")),
        attributes: span.attributes(),
        links: span.list("links").map((link) => ({
          traceId: link.id("traceId"),
          spanId: link.id("spanId"),
          attributes: link.attributes(),
        })),
        status: { code: span.message("status").number("code"), message: span.message("status").text("message") },
        scope: inScope.message("scope").text("name"),
        resource: inResource.message("resource").attributes(),
      })),
    ),
  );
}

export function metricsOf(request: Message): ReceivedMetric[] {
  return request.list("resourceMetrics").flatMap((inResource) =>
    inResource.list("scopeMetrics").flatMap((inScope) =>
      inScope.list("metrics").map((metric) => {
        const [name, unit, scope] = [metric.text("name"), metric.text("unit"), inScope.message("scope").text("name")];
        if (metric.has("histogram")) {
          const points = metric.message("histogram").list("dataPoints");
          const bounds = points[0]?.numbers("explicitBounds") ?? [];
          return { name, unit, scope, kind: "histogram" as const, bounds, points: points.map(histogramPoint) };
        }
        const isSum = metric.has("sum");
        const isMonotonic = metric.message("sum").flag("isMonotonic");
        const kind = isSum ? (isMonotonic ? ("counter" as const) : ("up-down counter" as const)) : ("gauge" as const);
        const points = metric
          .message(isSum ? "sum" : "gauge")
          .list("dataPoints")
          .map(numberPoint);
        return { name, unit, scope, kind, bounds: [], points };
      }),
    ),
  );
}

function histogramPoint(point: Message) {
  return { attributes: point.attributes(), value: point.number("count"), sum: point.number("sum") };
}

function numberPoint(point: Message) {
  return { attributes: point.attributes(), value: point.number(point.has("asInt") ? "asInt" : "asDouble") };
}

export function logsOf(request: Message): ReceivedLog[] {
  return request.list("resourceLogs").flatMap((inResource) =>
    inResource.list("scopeLogs").flatMap((inScope) =>
      inScope.list("logRecords").map((record) => ({
        eventName: record.text("eventName"),
        severityNumber: record.number("severityNumber"),
        severityText: record.text("severityText"),
        body: record.message("body").any(),
        attributes: record.attributes(),
        traceId: record.id("traceId"),
        spanId: record.id("spanId"),
      })),
    ),
  );
}
