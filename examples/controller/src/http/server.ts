import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { WebhookProvider } from "@alumiini/core";
import { bearer } from "@alumiini/ingest";
import { isHealthy, type WorkerStatus } from "../supervisor.js";
import type { Webhooks } from "./webhook.js";

/** What the server answers with. */
export interface ServerParts {
  readonly webhooks: Webhooks;
  /** Returns `GET /metrics`. */
  readonly metrics: (request: IncomingMessage, response: ServerResponse) => void;
  readonly status: () => readonly WorkerStatus[];
  /** Returns `false` for a repository that is not synced here. */
  readonly sync: (repoName: string) => boolean;
  /** `POST /sync/…` must then carry it as a bearer token. */
  readonly syncToken?: string | undefined;
}

/** Bytes of a webhook's body; pushes are far smaller. */
const MAX_BODY_BYTES = 1024 * 1024;
/** Milliseconds that a request may take to arrive, and how often Node looks (by default every 30 seconds). */
const TIMEOUTS = { requestTimeout: 10_000, connectionsCheckingInterval: 1000 };

const NO_BODY = new Uint8Array();

/** The controller's HTTP interface. */
export class ControllerServer {
  readonly #parts: ServerParts;
  readonly #server: Server;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#server = createServer(TIMEOUTS, (request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        if (error instanceof BodyTooLarge) reply(response, 413, { error: error.message }, { connection: "close" });
        else response.destroy();
      });
    });
  }

  /** Listens, on any free port for port 0; returns the base URL. */
  listen(host: string, port: number): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, () => {
        this.#server.off("error", reject);
        const address = this.#server.address();
        const actualPort = typeof address === "object" && address !== null ? address.port : port;
        resolve(`http://${host.includes(":") ? `[${host}]` : host}:${actualPort}`);
      });
    });
  }

  /** Stops listening and ends what is still connected. */
  async close(): Promise<void> {
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const provider = /^\/webhook\/(github|gitlab|bitbucket)$/.exec(path)?.[1];
    const repoName = /^\/sync\/([^/]+)$/.exec(path)?.[1];
    if (path === "/metrics") this.#parts.metrics(request, response);
    else if (path === "/healthz") this.#health(request, response);
    else if (isProvider(provider)) await this.#webhook(provider, request, response);
    else if (repoName !== undefined) this.#sync(repoName, request, response);
    else reply(response, 404, { error: "not found: /metrics, /healthz, /webhook/<forge> and /sync/<repo> are here" });
  }

  #health(request: IncomingMessage, response: ServerResponse): void {
    if (refuseMethod(request, response, "GET")) return;
    const workers = this.#parts.status();
    // A repository that fails is no reason to restart the controller: the answer is 200 as long as there is one.
    reply(response, 200, { status: isHealthy(workers) ? "ok" : "degraded", workers });
  }

  async #webhook(provider: WebhookProvider, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (refuseMethod(request, response, "POST")) return;
    const { status, message } = this.#parts.webhooks.receive(provider, request.headers, await readBody(request));
    reply(response, status, status < 400 ? { message } : { error: message });
  }

  #sync(repoName: string, request: IncomingMessage, response: ServerResponse): void {
    if (refuseMethod(request, response, "POST")) return;
    const { syncToken, sync } = this.#parts;
    const { headers } = request;
    if (syncToken !== undefined && !bearer({ secrets: syncToken })({ headers, body: NO_BODY })) {
      reply(response, 401, { error: "a bearer token is needed" }, { "www-authenticate": "Bearer" });
    } else if (sync(repoName)) reply(response, 202, { message: `syncing ${repoName}` });
    else reply(response, 404, { error: "this controller does not sync a repository of that name" });
  }
}

class BodyTooLarge extends Error {
  constructor() {
    super(`the body is larger than ${MAX_BODY_BYTES} bytes`);
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > MAX_BODY_BYTES) throw new BodyTooLarge();
    chunks.push(buffer);
  }
  return Buffer.concat(chunks);
}

function refuseMethod(request: IncomingMessage, response: ServerResponse, allowed: "GET" | "POST"): boolean {
  const fits = request.method === allowed || (allowed === "GET" && request.method === "HEAD");
  if (!fits) reply(response, 405, { error: `only ${allowed} is allowed` }, { allow: allowed });
  return !fits;
}

function reply(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", ...headers });
  response.end(text);
}

function isProvider(name: string | undefined): name is WebhookProvider {
  return name === "github" || name === "gitlab" || name === "bitbucket";
}
