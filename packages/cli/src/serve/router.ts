import type { IncomingMessage, ServerResponse } from "node:http";
import { isLoopbackHost, type Settings } from "../config/load.js";
import type { Auth } from "./auth.js";

/** A handler of `node:http`. */
export type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** What answers once the history is open. */
export interface Services {
  /** By path: deliveries, which verify themselves. */
  readonly ingest: ReadonlyMap<string, Listener>;
  readonly v1: Listener;
  readonly metrics: Listener;
  readonly sinks: () => unknown;
}

/** What the router asks for each request. */
export interface RouterState {
  /** Undefined while the history is not open. */
  readonly services: Services | undefined;
  /** Why it is not ready; undefined when it is. */
  readonly notReady: string | undefined;
  readonly page: { readonly html: string; readonly headers: Readonly<Record<string, string>> };
}

const MAX_SESSION_BODY = 4096;
const SESSION_BODY_MS = 10_000;

/** Decides by path, and by who asks. Nothing but ingest writes. */
export function createRouter(settings: Settings, auth: Auth, state: () => RouterState): Listener {
  const metricsAreOpen = settings.metrics?.open === true;
  return (request, response) => {
    const { method = "GET", url = "/" } = request;
    const [path = "/"] = url.split("?", 1);
    const { services, notReady, page } = state();
    if (path === "/healthz") return text(response, 200, "ok");
    if (path === "/readyz") return text(response, notReady === undefined ? 200 : 503, notReady ?? "ready");
    // Without a token, only what a browser can't be made to send from elsewhere is let through.
    if (!auth.needsToken && !isLocal(request, settings))
      return failure(response, 403, "foreign_origin", "only local requests are answered");
    if (path === "/session") return void openSession(request, response, auth);
    if (path === "/" && (method === "GET" || method === "HEAD")) {
      response.writeHead(200, page.headers).end(method === "HEAD" ? undefined : page.html);
      return;
    }
    if (services === undefined) {
      response.setHeader("retry-after", "5");
      return failure(response, 503, "not_ready", notReady ?? "starting");
    }
    const ingest = services.ingest.get(path);
    if (ingest !== undefined) return ingest(request, response);
    if (path === "/metrics") {
      if (metricsAreOpen || auth.allows(request)) return services.metrics(request, response);
      return unauthorized(response);
    }
    if (path.startsWith("/v1/")) {
      if (!auth.allows(request)) return unauthorized(response);
      if (path !== "/v1/sinks") return services.v1(request, response);
      return json(response, 200, services.sinks());
    }
    request.resume();
    failure(response, 404, "not_found", "there is nothing here; see /v1/openapi.json");
  };
}

/** A page of another site can reach loopback: by its address, or by a name of its own that resolves to it. */
function isLocal({ headers }: IncomingMessage, { publicUrl }: Settings): boolean {
  const hosts = [headers.host, headers.origin?.replace(/^https?:\/\//, "")].filter((host) => host !== undefined);
  const own = publicUrl === undefined ? undefined : new URL(publicUrl).host;
  return hosts.every((host) => host === own || isLoopbackHost(host.replace(/:\d+$/, "").replace(/^\[|\]$/g, "")));
}

async function openSession(request: IncomingMessage, response: ServerResponse, auth: Auth): Promise<void> {
  if (request.method !== "POST") {
    response.setHeader("allow", "POST");
    return failure(response, 405, "method_not_allowed", "the token is posted, never in an address");
  }
  let body = "";
  // A client that sends a token slowly holds a connection; no real one needs long.
  const timer = setTimeout(() => request.destroy(), SESSION_BODY_MS);
  try {
    for await (const piece of request.setEncoding("utf8")) {
      body += String(piece);
      if (body.length > MAX_SESSION_BODY) return failure(response, 413, "too_large", 'send {"token":"…"}');
    }
  } catch {
    response.destroy();
    return;
  } finally {
    clearTimeout(timer);
  }
  const cookie = auth.openSession(tokenOf(body));
  if (cookie === undefined) return unauthorized(response);
  response.writeHead(204, { "set-cookie": cookie, "cache-control": "no-store" }).end();
}

function tokenOf(body: string): unknown {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === "object" && parsed !== null ? Reflect.get(parsed, "token") : undefined;
  } catch {
    return undefined;
  }
}

function unauthorized(response: ServerResponse): void {
  response.setHeader("www-authenticate", "Bearer");
  failure(response, 401, "unauthorized", "the token is missing or wrong");
}

function failure(response: ServerResponse, status: number, code: string, message: string): void {
  json(response, status, { error: { code, message } });
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(`${JSON.stringify(value)}\n`);
}

function text(response: ServerResponse, status: number, said: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" });
  response.end(`${said}\n`);
}
