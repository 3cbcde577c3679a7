import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { callback, flag, type RulesFor, readOptions, readProperty } from "@alumiini/core/adapter";
import { type AnyRegistry, registerRule } from "../options.js";
import { canWrite, exposition } from "./exposition.js";
import { acceptsGzip, CONTENT_TYPES, formatOf, preferredFormat } from "./negotiate.js";

/** What the handlers take. */
export interface MetricsHandlerOptions {
  /** The registry to expose. Default: prom-client's global registry, its export `register`. */
  readonly register?: AnyRegistry | undefined;
  /** Compress for scrapers that accept gzip, as Prometheus does. Default true. */
  readonly gzip?: boolean | undefined;
  /**
   * Returns more of the same: metrics that another library writes in Prometheus' text format, such as those of
   * `@alumiini/ingest`. OpenMetrics is then not offered. Default: nothing more.
   */
  readonly append?: (() => string) | undefined;
  /** Called with why a scrape was answered with 500, or broken off. Default: nothing; the target then counts as down. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

type Settings = ReturnType<typeof settingsOf>;

function settingsOf(factory: string, options: MetricsHandlerOptions) {
  return readOptions(factory, options, {
    register: registerRule,
    gzip: flag(true),
    append: callback<() => string>(),
    onFailure: callback<(error: unknown) => void>(),
  } satisfies RulesFor<MetricsHandlerOptions>);
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The first piece, which is made before the status is sent: it is the one that may fail. */
  readonly first: string;
  readonly rest: AsyncIterator<string> | undefined;
}

const PLAIN_TEXT = { "content-type": "text/plain; charset=utf-8" };
const GZIP = { "content-encoding": "gzip" };

/**
 * Makes a request handler for `node:http` that answers GET and HEAD with the registry's metrics, whatever the path;
 * other methods get 405. Where a metric of the registry can't be collected the answer is 500, without the cause.
 * A scraper that prefers OpenMetrics gets it where the subscriber keeps exemplars.
 *
 * @throws {OptionError} when an option is unknown or can't be used.
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
  const settings = settingsOf("metricsHandler", options);
  return (request, response) => {
    respond(request, response, settings).catch((error: unknown) => {
      report(settings.onFailure, error);
      // Half a scrape must not be taken for a whole one. A response that something else has ended is not ours.
      if (!response.writableEnded) response.destroy();
    });
  };
}

/**
 * Makes the same handler with `Request` and `Response`, for Hono, Bun and Deno.
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
  const settings = settingsOf("metricsFetchHandler", options);
  // Not every runtime has it; none needs it.
  const canCompress = settings.gzip && typeof CompressionStream === "function";
  return async ({ method, headers: accepted }) => {
    const accept = accepted.get("accept") ?? undefined;
    const { status, headers, first, rest } = await answer(method, accept, settings);
    const compresses = canCompress && rest !== undefined && acceptsGzip(accepted.get("accept-encoding") ?? undefined);
    const sent = compresses ? { ...headers, ...GZIP } : headers;
    if (method === "HEAD") return new Response(null, { status, headers: sent });
    if (rest === undefined) return new Response(first, { status, headers });
    const body = streamOf(first, rest, settings.onFailure);
    return new Response(compresses ? body.pipeThrough(new CompressionStream("gzip")) : body, { status, headers: sent });
  };
}

async function respond(request: IncomingMessage, response: ServerResponse, settings: Settings): Promise<void> {
  const { method, headers: accepted } = request;
  const { status, headers, first, rest } = await answer(method, accepted.accept, settings);
  const encoding = accepted["accept-encoding"];
  const compresses =
    settings.gzip && rest !== undefined && acceptsGzip(Array.isArray(encoding) ? encoding.join() : encoding);
  response.writeHead(status, compresses ? { ...headers, ...GZIP } : headers);
  if (rest === undefined || method === "HEAD") {
    response.end(first);
    return;
  }
  const texts = Readable.from(piecesOf(first, rest), { objectMode: true });
  try {
    // A scraper that reads slowly, or has left, does not make us hold the text.
    await (compresses ? pipeline(texts, createGzip(), response) : pipeline(texts, response));
  } catch (error) {
    // A scraper that leaves is no failure of ours.
    if (!isPrematureClose(error)) throw error;
  }
}

async function answer(
  method: string | undefined,
  accept: string | undefined,
  { register, append, onFailure }: Settings,
): Promise<Answer> {
  if (method !== "GET" && method !== "HEAD") {
    const headers = { ...PLAIN_TEXT, allow: "GET, HEAD" };
    return { status: 405, headers, first: "Method not allowed\n", rest: undefined };
  }
  const own = formatOf(register);
  const preferred = preferredFormat(accept, own);
  const format = append === undefined && canWrite(register, preferred) ? preferred : own;
  try {
    const texts = followedBy(exposition(register, format), append);
    const first = (await next(texts)) ?? "";
    const headers = { "content-type": CONTENT_TYPES[format], vary: "accept, accept-encoding" };
    return { status: 200, headers, first, rest: texts };
  } catch (error) {
    report(onFailure, error);
    // The cause is in some metric's `collect`, and may hold what a stranger who scrapes should not read.
    return { status: 500, headers: PLAIN_TEXT, first: "The metrics could not be collected\n", rest: undefined };
  }
}

async function* followedBy(
  texts: AsyncIterable<string>,
  append: Settings["append"],
): AsyncGenerator<string, void, void> {
  yield* texts;
  if (append !== undefined) yield append();
}

async function next(texts: AsyncIterator<string>): Promise<string | undefined> {
  const { done, value } = await texts.next();
  return done ? undefined : value;
}

async function* piecesOf(first: string, rest: AsyncIterator<string>): AsyncGenerator<string, void, void> {
  for (let text: string | undefined = first; text !== undefined; text = await next(rest)) yield text;
}

function isPrematureClose(error: unknown): boolean {
  return readProperty(error, "code") === "ERR_STREAM_PREMATURE_CLOSE";
}

function streamOf(
  first: string,
  rest: AsyncIterator<string>,
  onFailure: MetricsHandlerOptions["onFailure"],
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  let text: string | undefined = first;
  return new ReadableStream({
    async pull(controller) {
      try {
        if (text === undefined) controller.close();
        else controller.enqueue(encoder.encode(text));
        text = await next(rest);
      } catch (error) {
        report(onFailure, error);
        controller.error(error);
      }
    },
    async cancel() {
      await rest.return?.();
    },
  });
}

function report(onFailure: MetricsHandlerOptions["onFailure"], error: unknown): void {
  try {
    onFailure?.(error);
  } catch {
    // The callback threw: there is nowhere to report that, and the scrape must still be answered.
  }
}
