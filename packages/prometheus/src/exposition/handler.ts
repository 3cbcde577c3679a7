import type { IncomingMessage, ServerResponse } from "node:http";
import { register as globalRegistry } from "prom-client";
import type { AnyRegistry } from "../own-series.js";
import { canWrite, exposition } from "./exposition.js";
import { CONTENT_TYPES, formatOf, preferredFormat } from "./negotiate.js";

/** What the handlers take. */
export interface MetricsHandlerOptions {
  /** The registry to expose. Default: prom-client's global registry, its export `register`. */
  readonly register?: AnyRegistry | undefined;
  /** Told why a scrape was answered with 500, or broken off. Default: nobody; the target then counts as down. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The first piece is there already: it is what may fail. */
  readonly first: string;
  readonly rest: AsyncIterator<string> | undefined;
}

const PLAIN_TEXT = { "content-type": "text/plain; charset=utf-8" };

/**
 * Makes a request handler for `node:http` that answers GET and HEAD with the registry's metrics, whatever the path;
 * other methods get 405. Where a metric of the registry can't be collected the answer is 500 and says no more.
 * A scraper that prefers OpenMetrics gets it where the subscriber keeps exemplars.
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
    respond(request, response, options).catch((error: unknown) => {
      tell(options.onError, error);
      // Half a scrape must not be taken for a whole one. What something else has answered is its own affair.
      if (!response.writableEnded) response.destroy();
    });
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
    const { status, headers, first, rest } = await answer(
      request.method,
      request.headers.get("accept") ?? undefined,
      options,
    );
    if (request.method === "HEAD") return new Response(null, { status, headers });
    return new Response(rest === undefined ? first : streamOf(first, rest, options), { status, headers });
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  options: MetricsHandlerOptions,
): Promise<void> {
  const { status, headers, first, rest } = await answer(request.method, request.headers.accept, options);
  response.writeHead(status, headers);
  if (rest === undefined || request.method === "HEAD") {
    response.end(first);
    return;
  }
  for (let text: string | undefined = first; text !== undefined; text = await next(rest)) {
    // Who scrapes slowly, or has left, does not make us hold the text.
    if (!response.write(text) && !response.destroyed) await drained(response);
    if (response.destroyed) return;
  }
  response.end();
}

async function answer(
  method: string | undefined,
  accept: string | undefined,
  { register = globalRegistry, onError }: MetricsHandlerOptions,
): Promise<Answer> {
  if (method !== "GET" && method !== "HEAD") {
    const headers = { ...PLAIN_TEXT, allow: "GET, HEAD" };
    return { status: 405, headers, first: "Method not allowed\n", rest: undefined };
  }
  const own = formatOf(register);
  const preferred = preferredFormat(accept, own);
  const format = canWrite(register, preferred) ? preferred : own;
  try {
    const texts = exposition(register, format);
    const first = (await next(texts)) ?? "";
    const headers = { "content-type": CONTENT_TYPES[format], vary: "accept" };
    return { status: 200, headers, first, rest: texts };
  } catch (error) {
    tell(onError, error);
    // The cause is in some metric's `collect`, and may hold what a stranger who scrapes should not read.
    return { status: 500, headers: PLAIN_TEXT, first: "The metrics could not be collected\n", rest: undefined };
  }
}

async function next(texts: AsyncIterator<string>): Promise<string | undefined> {
  const { done, value } = await texts.next();
  return done ? undefined : value;
}

/** Resolves when the response takes more, or nothing ever again. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      response.off("drain", settle).off("close", settle);
      resolve();
    };
    response.on("drain", settle).on("close", settle);
  });
}

function streamOf(
  first: string,
  rest: AsyncIterator<string>,
  { onError }: MetricsHandlerOptions,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let text: string | undefined = first;
  return new ReadableStream({
    async pull(controller) {
      try {
        if (text === undefined) controller.close();
        else controller.enqueue(encoder.encode(text));
        text = await next(rest);
      } catch (error) {
        tell(onError, error);
        controller.error(error);
      }
    },
    async cancel() {
      await rest.return?.();
    },
  });
}

function tell(onError: MetricsHandlerOptions["onError"], error: unknown): void {
  try {
    onError?.(error);
  } catch {
    // Who takes the errors failed at it: there is nobody left to tell, and the scrape must still be answered.
  }
}
