import type { IncomingMessage } from "node:http";
import { gunzipSync } from "node:zlib";
import { serve } from "@alumiini-internal/test-support/http-target";
import {
  decode,
  logsOf,
  metricsOf,
  type ReceivedLog,
  type ReceivedMetric,
  type ReceivedSpan,
  spansOf,
} from "./decode.js";

/** What a receiver has been sent. */
export interface Received {
  readonly spans: ReceivedSpan[];
  /** By name; each export replaces what the last said. */
  readonly metrics: Map<string, ReceivedMetric>;
  readonly logs: ReceivedLog[];
  /** The content types that came. */
  readonly contentTypes: Set<string>;
}

/** A server for OTLP over HTTP, JSON and protobuf, on a free port of the loopback. */
export interface Receiver extends AsyncDisposable {
  /** What `OTEL_EXPORTER_OTLP_ENDPOINT` should be. */
  readonly endpoint: string;
  readonly received: Received;
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received = { spans: [], metrics: new Map(), logs: [], contentTypes: new Set() };
  const target = await serve((request, response) => {
    take(request, received).then(
      () => response.writeHead(200, { "content-type": request.headers["content-type"] ?? "" }).end(),
      (error: unknown) => response.writeHead(400).end(String(error)),
    );
  });
  return { endpoint: target.url, received, [Symbol.asyncDispose]: target.close };
}

async function take(request: IncomingMessage, received: Received): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const sent = Buffer.concat(chunks);
  const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
  const contentType = request.headers["content-type"] ?? "";
  received.contentTypes.add(contentType);
  switch (request.url) {
    case "/v1/traces":
      received.spans.push(...spansOf(decode("traces", contentType, body)));
      break;
    case "/v1/metrics":
      for (const metric of metricsOf(decode("metrics", contentType, body))) received.metrics.set(metric.name, metric);
      break;
    case "/v1/logs":
      received.logs.push(...logsOf(decode("logs", contentType, body)));
      break;
    default:
      throw new Error(`nothing is served at ${request.url}`);
  }
}
