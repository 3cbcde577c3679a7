import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { TailItem } from "@alumiini/history";
import { page } from "@alumiini/page";
import { sinks, stats } from "./delivery.ts";
import { dora } from "./dora.ts";
import { fleet } from "./fleet.ts";
import { slo } from "./slo.ts";
import { around, events, sync, syncRows } from "./syncs.ts";
import { timeline } from "./timeline.ts";
import { NOW } from "./times.ts";

export interface FakeHistory {
  /** Ends in `/`. */
  readonly url: string;
  /** Repositories; 0 is an empty history. */
  size: number;
  /** The server's clock. */
  now(): number;
  /** What each request asked, newest last. */
  readonly requests: string[];
  /** A route answers with a status of its own instead. */
  fail: { path: string; status: number; code?: string } | undefined;
  /** Asked for before anything is answered. */
  token: string | undefined;
  send(item: TailItem): void;
  /** Drops all followers; while `down`, nothing is answered. */
  drop(): void;
  down: boolean;
  readonly followers: number;
  close(): Promise<void>;
}

/** A history that makes its answers up: fast, and the same each time. */
export async function fakeHistory({
  prefix = "",
  now = () => NOW,
}: {
  prefix?: string;
  now?: () => number;
} = {}): Promise<FakeHistory> {
  const followers = new Set<ServerResponse>();
  const { html, headers } = page();
  const server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const fake: FakeHistory = {
    url: `http://127.0.0.1:${address.port}${prefix}/`,
    size: 412,
    now,
    requests: [],
    fail: undefined,
    token: undefined,
    down: false,
    get followers() {
      return followers.size;
    },
    send(item) {
      const { kind, id, ...rest } = item;
      const data = item.kind === "event" ? item.event : rest;
      for (const follower of followers) follower.write(`id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`);
    },
    drop() {
      for (const follower of followers) follower.destroy();
      followers.clear();
    },
    async close() {
      fake.drop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;

  function answer(request: IncomingMessage, response: ServerResponse): unknown {
    const url = new URL(request.url ?? "/", fake.url);
    const path = url.pathname.slice(prefix.length);
    fake.requests.push(path + url.search);
    if (fake.down) {
      return response.destroy();
    }
    if (path === "/") {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      return response.end(html);
    }
    if (path === "/session") return login(request, response);
    if (fake.token !== undefined && request.headers.cookie !== `token=${fake.token}`)
      return json(response, { error: { code: "unauthorized", message: "a token is needed" } }, 401);
    if (fake.fail !== undefined && path === fake.fail.path) {
      return json(
        response,
        { error: { code: fake.fail.code ?? "failed", message: "the store is being rebuilt, 41 % done" } },
        fake.fail.status,
      );
    }
    if (path === "/v1/tail") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(
        `retry: 2000\n\nid: ${url.searchParams.get("after") ?? "0"}\nevent: heartbeat\ndata: {"asOf":${fake.now()}}\n\n`,
      );
      followers.add(response);
      response.on("close", () => followers.delete(response));
      return undefined;
    }
    const found = route(path, url.searchParams);
    if (found === undefined)
      return json(response, { error: { code: "not_found", message: "there is no such route" } }, 404);
    return json(response, found);
  }

  function login(request: IncomingMessage, response: ServerResponse): void {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      const taken = body === JSON.stringify({ token: fake.token });
      if (taken) response.setHeader("set-cookie", `token=${fake.token}; HttpOnly; SameSite=Strict; Path=/`);
      response.statusCode = taken ? 204 : 401;
      response.end();
    });
  }

  function route(path: string, search: URLSearchParams): object | undefined {
    const now = fake.now();
    const number = (name: string, fallback: number) => {
      const text = search.get(name);
      return text === null ? fallback : /^\d+$/.test(text) ? Number(text) : Date.parse(text);
    };
    const limit = number("limit", 50);
    switch (path) {
      case "/v1/fleet":
        return fleet(fake.size, search, now);
      case "/v1/sync":
        return sync(search.get("syncId") ?? "", now);
      case "/v1/syncs":
        return {
          asOf: now,
          items: fake.size === 0 ? [] : syncRows(limit),
          nextCursor: null,
          total: fake.size === 0 ? 0 : 611,
          failed: 3,
        };
      case "/v1/around":
        return around(number("at", now), number("windowMs", 900_000), now);
      case "/v1/timeline":
        return timeline(
          number("since", now - 7_200_000),
          number("until", now),
          number("buckets", 120),
          number("lanes", 40),
          fake.size,
          now,
        );
      case "/v1/slo":
        return slo(number("since", now - 30 * 86_400_000), number("until", now), fake.size, now);
      case "/v1/dora":
        return dora(
          number("since", now - 182 * 86_400_000),
          number("until", now),
          search.get("by") ?? "week",
          search.get("explain"),
          fake.size,
          now,
        );
      case "/v1/stats":
        return stats(fake.size, now);
      case "/v1/events": {
        const ids = search.getAll("eventId");
        const kind = search.getAll("type").includes("drift_detected")
          ? "drifts"
          : search.has("system")
            ? "others"
            : "syncs";
        const items = fake.size === 0 ? [] : events(limit, kind);
        return {
          asOf: now,
          items: ids.length === 0 ? items : items.slice(0, 1).map((each) => ({ ...each, eventId: ids[0] })),
          nextCursor: null,
        };
      }
      case "/v1/deadLetters":
        return {
          asOf: now,
          items:
            fake.size === 0
              ? []
              : [
                  {
                    id: "dead-1",
                    receivedAt: now - 780_000,
                    source: "http",
                    sequence: null,
                    reason: "unreadable",
                    message: "line 1: unexpected end",
                    sample: '{"reason": <script>window.hacked=1</script>',
                    bytes: 4021,
                  },
                ],
          nextCursor: null,
          total: fake.size === 0 ? 0 : 71,
          byReason:
            fake.size === 0
              ? []
              : [
                  { reason: "unreadable", count: 59, lastAt: now - 780_000 },
                  { reason: "unknown_form", count: 12, lastAt: now - 3_000_000 },
                ],
        };
      case "/v1/gaps":
        return {
          asOf: now,
          items:
            fake.size === 0
              ? []
              : [{ stream: "gitops", from: 88_120, to: 88_121, count: 2, certain: true, seenAt: now - 3_000_000 }],
          nextCursor: null,
          missing: fake.size === 0 ? 0 : 2,
        };
      case "/v1/sinks":
        return fake.size === 0 ? { asOf: now, sinks: [] } : sinks(now);
      case "/v1/search": {
        const text = search.get("text")?.toLowerCase() ?? "";
        const found = fleet(fake.size, new URLSearchParams({ search: text }), now).items.slice(0, limit);
        return {
          asOf: now,
          items: found.map(({ clusterId, namespace, repoName }) => ({
            kind: "repository",
            clusterId,
            namespace,
            repoName,
          })),
        };
      }
      default:
        return undefined;
    }
  }
}

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}
