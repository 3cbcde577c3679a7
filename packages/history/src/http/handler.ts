import { QueryError } from "../queries/answers/common.js";
import type { Queries } from "../queries/answers/queries.js";
import { QueryTimeout, StoreBusy, StoreClosed, StoreHeld, StoreUnavailable } from "../store/errors.js";
import { openApi } from "./openapi.js";
import { scope } from "./parameters.js";
import { ROUTES, TAIL_PARAMETERS } from "./routes.js";
import { serverSentEvents } from "./sse.js";
import { Values } from "./values.js";

/** What the handlers take. */
export interface HttpOptions {
  /** The part of the path before `/v1`, such as `/history`. Default: none. */
  readonly basePath?: string | undefined;
  /** Followers of `/v1/tail` at a time; more get 503. Default 100. */
  readonly maxFollowers?: number | undefined;
}

const HEADERS = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  // Nothing that it sends is a page.
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
} as const;

/** Makes a handler for Fetch runtimes: it answers `GET` and `HEAD` of `/v1/…`, and changes nothing. */
export function createHandler(
  queries: Queries,
  { basePath = "", maxFollowers = 100 }: HttpOptions = {},
): (request: Request) => Promise<Response> {
  const routes = new Map(ROUTES.map((route) => [route.path, route]));
  let followers = 0;

  return async (request) => {
    const { method } = request;
    if (method !== "GET" && method !== "HEAD") {
      return failure(405, "method_not_allowed", "only GET and HEAD are answered", { allow: "GET, HEAD" });
    }
    try {
      return await answer(request, new URL(request.url));
    } catch (error) {
      return failureOf(error);
    }
  };

  async function answer(request: Request, url: URL): Promise<Response> {
    const path = pathOf(url.pathname, basePath);
    if (path === "/v1/openapi.json") return json(openApi());
    if (path === "/v1/tail") return follow(request, url);
    // `/v1/syncs/<id>` is `/v1/sync?syncId=<id>`.
    const [, id] = /^\/v1\/syncs\/([^/]+)$/.exec(path ?? "") ?? [];
    if (id !== undefined) url.searchParams.set("syncId", decodeURIComponent(id));
    const route = routes.get(id === undefined ? (path ?? "") : "/v1/sync");
    if (route === undefined) {
      return failure(404, "not_found", `there is no such route; see ${basePath}/v1/openapi.json`);
    }
    const answered = await route.answer(queries, new Values(route.parameters, url.searchParams));
    return json(answered, isUnknownSync(answered) ? 404 : 200);
  }

  function follow(request: Request, url: URL): Response {
    const values = new Values(TAIL_PARAMETERS, url.searchParams);
    const after = request.headers.get("last-event-id") ?? values.text("after");
    const input = { ...scope(values), type: values.texts("type"), system: values.texts("system"), after };
    if (request.method === "HEAD") return new Response(null, { headers: { ...HEADERS, ...EVENT_STREAM } });
    if (followers >= maxFollowers) {
      return failure(503, "too_many_followers", `${maxFollowers} followers are served already`, {
        "retry-after": "10",
      });
    }
    followers++;
    const body = serverSentEvents(
      (signal) => queries.tail({ ...input, signal }),
      request.signal,
      () => followers--,
    );
    return new Response(body, { headers: { ...HEADERS, ...EVENT_STREAM } });
  }
}

// Proxies that gather what they pass on would hold events back.
const EVENT_STREAM = { "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" } as const;

function pathOf(pathname: string, basePath: string): string | undefined {
  return pathname.startsWith(basePath) ? pathname.slice(basePath.length) : undefined;
}

function isUnknownSync(answer: unknown): boolean {
  return typeof answer === "object" && answer !== null && "sync" in answer && answer.sync === null;
}

function json(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { ...HEADERS, "content-type": "application/json; charset=utf-8", ...headers },
  });
}

function failure(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
  field?: string,
): Response {
  return json({ error: { code, message, ...(field !== undefined && { field }) } }, status, headers);
}

/** What a client is told of an error: what to do about it, and nothing internal. */
function failureOf(error: unknown): Response {
  if (error instanceof QueryError) return failure(400, "invalid_parameter", error.message, {}, error.field);
  if (error instanceof URIError) return failure(400, "invalid_path", "the path is not well encoded");
  if (error instanceof QueryTimeout) return failure(504, "query_timeout", "the query took too long; narrow its range");
  const later = [StoreBusy, StoreClosed, StoreHeld, StoreUnavailable].some((kind) => error instanceof kind);
  if (later) return failure(503, "store_unavailable", "the store is not available now", { "retry-after": "5" });
  return failure(500, "internal_error", "the query failed; the server's log says more");
}
