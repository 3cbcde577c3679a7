import { createServer, request as httpRequest, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROUTES } from "../../src/http/routes.js";
import { duckdbHistory, type TestHistory } from "../support/histories.js";
import { DAY, HOUR, START, syncEvents } from "../support/sample-events.js";

const NOW = START + DAY;

describe("/v1", () => {
  let place: TestHistory;
  let server: Server;
  let base: string;

  beforeAll(async () => {
    place = await duckdbHistory(NOW);
    await place.add([
      ...syncEvents({ sync: "s1", at: START, commit: "aaaa1111" }),
      ...syncEvents({ sync: "s2", at: START + HOUR, commit: "bbbb2222", fails: "apply" }),
      ...syncEvents({ sync: "x1", at: START + HOUR, repo: "ledger", commit: "cccc3333" }),
    ]);
    server = createServer(place.history.nodeHandler({ maxFollowers: 2 }));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    base = typeof address === "object" ? `http://127.0.0.1:${address?.port}` : "";
  });

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await place[Symbol.asyncDispose]();
  });

  it("answers what the methods answer", async () => {
    const { history } = place;
    const [event] = (await history.events({ limit: 1 })).items;
    const calls: [string, Promise<unknown>][] = [
      ["/v1/fleet?states=failing,healthy&limit=1", history.fleet({ states: ["failing", "healthy"], limit: 1 })],
      ["/v1/syncs?repoName=checkout&outcomes=failed", history.syncs({ repoName: "checkout", outcomes: ["failed"] })],
      ["/v1/sync?syncId=s2&windowMs=1m", history.sync({ syncId: "s2", windowMs: 60_000 })],
      ["/v1/syncs/s2?windowMs=60000", history.sync({ syncId: "s2", windowMs: 60_000 })],
      [
        `/v1/timeline?since=${new Date(START).toISOString()}&until=${NOW}&buckets=10`,
        history.timeline({ since: START, until: NOW, buckets: 10 }),
      ],
      [
        "/v1/around?repoName=checkout&at=2026-01-05T01:00:00Z&windowMs=2h",
        history.around({ repoName: "checkout", at: START + HOUR, windowMs: 2 * HOUR }),
      ],
      ["/v1/slo?syncSuccess=0.9&points=4", history.slo({ points: 4, objectives: { syncSuccess: { objective: 0.9 } } })],
      [
        `/v1/dora?since=${START}&until=${NOW}&by=day&explain=changeFailRate`,
        history.dora({ since: START, until: NOW, by: "day", explain: "changeFailRate" }),
      ],
      [`/v1/events?eventId=${event?.eventId}`, history.events({ eventId: event?.eventId ?? "" })],
      ["/v1/deadLetters", history.deadLetters()],
      ["/v1/gaps", history.gaps()],
      ["/v1/search?text=led", history.search({ text: "led" })],
      ["/v1/stats", history.stats()],
    ];
    for (const [path, expected] of calls) {
      const response = await fetch(`${base}${path}`);
      expect([path, response.status, await response.json()]).toEqual([
        path,
        200,
        JSON.parse(JSON.stringify(await expected)),
      ]);
    }
  });

  it("says what is wrong with a question, and how to put it right", async () => {
    const cases: [string, number, string][] = [
      ["/v1/fleet?limit=0", 400, "limit must be a whole number from 1 to 500"],
      ["/v1/fleet?limit=1.5", 400, "limit must be a whole number from 1 to 500"],
      ["/v1/fleet?state=failing", 400, "state is not a parameter here"],
      ["/v1/fleet?states=broken", 400, "states must be one of failing, stuck"],
      ["/v1/fleet?limit=5&limit=6", 400, "limit may be given once only"],
      ["/v1/syncs?since=yesterday", 400, "since must be RFC 3339, or milliseconds since 1970"],
      ["/v1/sync", 400, "syncId is missing"],
      ["/v1/sync?syncId=nothing", 404, ""],
      ["/v1/around?repoName=checkout", 400, "at is needed"],
      ["/v1/dora?by=hour", 400, "by must be one of day, week, month"],
      ["/v1/slo?syncSuccess=1", 400, "must be above 0 and below 1"],
      ["/v1/nothing", 404, "there is no such route"],
      ["/", 404, "there is no such route"],
      ["/v1/syncs/%E0%A4%A", 400, "not well encoded"],
      ["/v1/syncs?cursor=%00", 400, "cursor is not a cursor of this query"],
    ];
    for (const [path, status, message] of cases) {
      const response = await fetch(`${base}${path}`);
      const body = await response.text();
      expect([path, response.status]).toEqual([path, status]);
      expect(body).toContain(message);
    }
    expect((await fetch(`${base}/v1/fleet`, { method: "POST" })).status).toBe(405);
    const head = await fetch(`${base}/v1/fleet`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  it("lets no browser guess, store or embed an answer", async () => {
    const { headers } = await fetch(`${base}/v1/fleet`);
    expect(Object.fromEntries(headers)).toMatchObject({
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "content-type": "application/json; charset=utf-8",
    });
    expect(headers.get("access-control-allow-origin")).toBeNull();
  });

  it("describes every route in its OpenAPI document", async () => {
    const document = (await (await fetch(`${base}/v1/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, { get: { parameters?: { name: string }[] } }>;
    };
    expect(document.openapi).toBe("3.1.0");
    expect(Object.keys(document.paths).sort()).toEqual(
      [...ROUTES.map(({ path }) => path), "/v1/tail", "/v1/syncs/{syncId}", "/v1/openapi.json"].sort(),
    );
    for (const { path, parameters } of ROUTES) {
      expect(document.paths[path]?.get.parameters?.map(({ name }) => name)).toEqual(parameters.map(({ name }) => name));
    }
  });

  it("streams what is stored, and goes on where a follower was", async () => {
    const first = await follow(`${base}/v1/tail?repoName=checkout`);
    await first.until("retry: 2000");
    await place.add([
      ...syncEvents({ sync: "other", at: START + 2 * HOUR, repo: "ledger", commit: "dddd4444" }),
      ...syncEvents({ sync: "s3", at: START + 2 * HOUR, commit: "dddd4444" }),
    ]);
    const seen = await first.until("sync_completed");
    first.stop();
    expect(seen).not.toContain("ledger");
    const ids = [...seen.matchAll(/^id: (\d+)$/gm)].map(([, id]) => id);
    expect(ids).toHaveLength(4);
    const resumed = await follow(`${base}/v1/tail?repoName=checkout`, { "last-event-id": ids[1] ?? "" });
    const rest = await resumed.until("sync_completed");
    resumed.stop();
    expect([...rest.matchAll(/^id: (\d+)$/gm)].map(([, id]) => id)).toEqual(ids.slice(2));
  });

  it("says when a follower can't go on where it was", async () => {
    const follower = await follow(`${base}/v1/tail?after=999999`);
    expect(await follower.until("event: lost")).toContain('"missed":null');
    follower.stop();
    const wrong = await follow(`${base}/v1/tail?after=x`);
    expect(await wrong.until("event: error")).toContain("after is not an id of this stream");
    wrong.stop();
  });

  it("serves only so many followers at a time", async () => {
    const followers = [await follow(`${base}/v1/tail`), await follow(`${base}/v1/tail`)];
    for (const follower of followers) await follower.until("retry");
    expect((await fetch(`${base}/v1/tail`)).status).toBe(503);
    for (const follower of followers) follower.stop();
    await expect.poll(async () => await statusOf(`${base}/v1/tail`)).toBe(200);
  });

  async function statusOf(url: string): Promise<number> {
    const gone = new AbortController();
    const { status } = await fetch(url, { signal: gone.signal });
    gone.abort();
    return status;
  }

  async function follow(url: string, headers: Record<string, string> = {}) {
    let text = "";
    const waiting = new Set<() => void>();
    const request = httpRequest(url, { headers }, (response) => {
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
        for (const look of waiting) look();
      });
    });
    request.on("error", () => {});
    request.end();
    return {
      until: async (part: string) => {
        await new Promise<void>((resolve) => {
          const look = () => {
            if (!text.includes(part) || !/\n\n$/.test(text)) return;
            waiting.delete(look);
            resolve();
          };
          waiting.add(look);
          look();
        });
        return text;
      },
      stop: () => request.destroy(),
    };
  }
});

describe("tail", () => {
  it("beats while nothing happens, and ends when the history is closed", async () => {
    const { tail, TailSignal } = await import("../../src/queries/tail.js");
    const place = await duckdbHistory(NOW);
    const context = { store: place.history.store, now: () => NOW };
    const items = tail(context, {}, { signal: new TailSignal(), polls: false, heartbeatMs: 20 });
    expect((await items.next()).value).toMatchObject({ kind: "heartbeat", asOf: NOW });
    await items.return();
    const open = place.history.tail()[Symbol.asyncIterator]();
    const next = open.next();
    await place.history.close();
    expect((await next).done).toBe(true);
    await place[Symbol.asyncDispose]();
  });
});
