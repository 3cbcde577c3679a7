import type { IncomingMessage, ServerResponse } from "node:http";
import { register as globalRegistry } from "prom-client";
import type { AnyRegistry } from "./own-series.js";

/** What the handlers take. */
export interface MetricsHandlerOptions {
  /** The registry to expose. Default: prom-client's global registry, its export `register`. */
  readonly register?: AnyRegistry | undefined;
  /** Told why a scrape was answered with 500. Default: nobody; Prometheus then knows the target as down. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const PLAIN_TEXT = { "content-type": "text/plain; charset=utf-8" };

/**
 * Makes a request handler for `node:http` that answers GET and HEAD with the registry's metrics, whatever the path;
 * other methods get 405. Where a metric of the registry can't be collected the answer is 500 and says no more.
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import { metricsHandler } from "@alumiini/prometheus";
 *
 * createServer(metricsHandler()).listen(9464);
 * ```
 */
export function metricsHandler(
  options: MetricsHandlerOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    answer(request.method, options)
      .then(({ status, headers, body }) => {
        // node:http itself leaves the body out for HEAD.
        response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) }).end(body);
      })
      // Only where something else has already answered the request.
      .catch((error: unknown) => tell(options.onError, error));
  };
}

/**
 * Makes the same handler in the manner of `fetch`, for Hono, Bun and Deno.
 *
 * @example
 * ```ts
 * import { Hono } from "hono";
 * import { metricsFetchHandler } from "@alumiini/prometheus";
 *
 * const metrics = metricsFetchHandler();
 * const app = new Hono().all("/metrics", (context) => metrics(context.req.raw));
 * ```
 */
export function metricsFetchHandler(options: MetricsHandlerOptions = {}): (request: Request) => Promise<Response> {
  return async (request) => {
    const { status, headers, body } = await answer(request.method, options);
    return new Response(request.method === "HEAD" ? null : body, { status, headers });
  };
}

async function answer(method: string | undefined, options: MetricsHandlerOptions): Promise<Answer> {
  const { register = globalRegistry, onError } = options;
  if (method !== "GET" && method !== "HEAD") {
    return { status: 405, headers: { ...PLAIN_TEXT, allow: "GET, HEAD" }, body: "Method not allowed\n" };
  }
  try {
    return { status: 200, headers: { "content-type": register.contentType }, body: await register.metrics() };
  } catch (error) {
    tell(onError, error);
    // The cause is in some metric's `collect`, and may hold what a stranger who scrapes should not read.
    return { status: 500, headers: PLAIN_TEXT, body: "The metrics could not be collected\n" };
  }
}

function tell(onError: MetricsHandlerOptions["onError"], error: unknown): void {
  try {
    onError?.(error);
  } catch {
    // Who takes the errors failed at it: there is nobody left to tell, and the scrape must still be answered.
  }
}
