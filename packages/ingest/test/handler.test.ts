import type { AluminiEvent } from "@alumiini/core";
import { recordEvents } from "@alumiini/core/testing";
import { until } from "@alumiini-internal/test-support/until";
import { describe, expect, it } from "vitest";
import {
  argocd,
  flux,
  hmacSha256,
  type IngestOptions,
  ingestHandler,
  REJECTIONS,
  type Rejection,
  unverified,
} from "../src/index.js";
import { fluxText, isBalanced, sign } from "./support/requests.js";
import { Store, telemetryOf } from "./support/target.js";

const SECRET = "s3cret-of-flux-42";

function setUp(options: Partial<IngestOptions> = {}) {
  const store = new Store();
  const telemetry = telemetryOf(store);
  const handler = ingestHandler({
    sources: {
      "/flux": { map: flux, verify: hmacSha256({ header: "x-signature", secrets: SECRET }) },
      "/open": { map: flux, verify: unverified() },
    },
    to: telemetry,
    durable: [store],
    ...options,
  });
  const post = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: object = {}) =>
    handler(
      new Request(`http://localhost${path}`, {
        method: "POST",
        body,
        headers: { "content-type": "application/json", ...headers },
      }),
    );
  return { store, telemetry, handler, post };
}

describe("ingestHandler", () => {
  it("answers 200 with what became of a delivery, and gives the event to the subscribers as relayed", async () => {
    const { store, handler, post } = setUp();
    const text = fluxText(1);
    const response = await post("/flux?from=flux", text, { "x-signature": sign(text, SECRET) });
    expect([response.status, await response.json()]).toEqual([200, { accepted: 1, duplicates: 0 }]);
    expect(store.taken[0]?.type).toBe("sync_completed");
    expect(store.contexts).toEqual([expect.objectContaining({ relayed: true })]);
    const again = await post("/flux", text, { "x-signature": sign(text, SECRET) });
    expect([again.status, await again.json()]).toEqual([200, { accepted: 0, duplicates: 1 }]);
    const ignored = await post("/open", fluxText(2, { severity: "trace", reason: "ArtifactUpToDate" }));
    expect([ignored.status, await ignored.json()]).toEqual([200, { ignored: "ArtifactUpToDate" }]);
    expect(handler.stats()).toMatchObject({
      received: 3,
      accepted: 1,
      duplicate: 1,
      ignored: { ArtifactUpToDate: 1 },
      inProgress: 0,
      events: 1,
      sources: { "/flux": { received: 2 }, "/open": { received: 1 } },
    });
  });

  const form = { "content-type": "application/x-www-form-urlencoded" };

  it.each<{
    reason: Rejection;
    status: number;
    path?: string;
    body: string | Uint8Array<ArrayBuffer>;
    headers?: object;
  }>([
    { reason: "unauthorized", status: 401, path: "/flux", body: fluxText(1) },
    { reason: "not_found", status: 404, path: "/other", body: "{}" },
    { reason: "too_large", status: 413, body: "x".repeat(1024 * 1024 + 1) },
    { reason: "unsupported_media_type", status: 415, body: "payload=%7B%7D", headers: form },
    { reason: "unsupported_media_type", status: 415, body: "x", headers: { "content-encoding": "gzip" } },
    { reason: "invalid", status: 422, body: "[]" },
    { reason: "invalid", status: 422, body: new Uint8Array([0xff, 0xfe]) },
    { reason: "invalid", status: 422, body: "" },
  ])("answers $reason with $status, typed and counted", async ({ reason, status, path = "/open", body, headers }) => {
    const { handler, post, store } = setUp();
    const response = await post(path, body, headers);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { reason, message: expect.any(String) } });
    expect(handler.stats()).toMatchObject({ received: 1, accepted: 0, rejected: { [reason]: 1 } });
    expect(isBalanced(handler.stats())).toBe(true);
    expect(REJECTIONS[reason]).toBe(status);
    expect(store.waits).toBe(0);
  });

  it("answers other methods with 405", async () => {
    const { handler } = setUp();
    const response = await handler(new Request("http://localhost/flux"));
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
  });

  it("says where a delivery is wrong, and repeats nothing of it", async () => {
    const { post } = setUp();
    const response = await post("/open", fluxText(1, { timestamp: "hunter2hunter2" }));
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ error: { reason: "invalid", path: "/timestamp" } });
    expect(text).not.toContain("hunter2");
  });

  it("takes the types of JSON, and none at all", async () => {
    const { handler, post } = setUp();
    const types = ["application/json", "application/json; charset=utf-8", "application/cloudevents+json", "text/json"];
    for (const [second, type] of types.entries()) {
      expect((await post("/open", fluxText(second), { "content-type": type })).status, type).toBe(200);
    }
    const bytes = new TextEncoder().encode(fluxText(9));
    const untyped = new Request("http://localhost/open", { method: "POST", body: bytes });
    expect((await handler(untyped)).status).toBe(200);
  });

  it("waits for the durable subscribers, and for no other", async () => {
    const slow = new Store("slow");
    slow.onStored = () => new Promise(() => {});
    const store = new Store();
    const waiting: (() => void)[] = [];
    const release = () => {
      for (const resolve of waiting.splice(0)) resolve();
    };
    store.onStored = () => new Promise<void>((resolve) => waiting.push(resolve));
    const { handler, post } = setUp({ to: telemetryOf(store, slow), durable: [store] });
    let answered = false;
    const response = post("/open", fluxText(1)).then((answer) => {
      answered = true;
      return answer;
    });
    await until(() => waiting.length > 0);
    expect(answered).toBe(false);
    expect(handler.stats()).toMatchObject({ received: 1, inProgress: 1 });
    release();
    expect((await response).status).toBe(200);
    expect(slow.waits).toBe(0);
  });

  it.each([
    ["fails", () => Promise.reject(new Error("disk full"))],
    [
      "throws",
      () => {
        throw new Error("disk full");
      },
    ],
    ["takes too long", () => new Promise<void>(() => {})],
  ])("answers 503 where storing %s, and stores it when it is sent again", async (_what, onStored) => {
    const { store, handler, post } = setUp({ storedTimeoutMs: 30 });
    store.onStored = onStored;
    const response = await post("/open", fluxText(1));
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await response.text()).not.toContain("disk");
    // It has lost the event, which the telemetry will not hand over again: its id is known.
    store.taken.length = 0;
    store.onStored = () => {};
    const again = await post("/open", fluxText(1));
    expect([again.status, await again.json()]).toEqual([200, { accepted: 0, duplicates: 1 }]);
    expect(store.taken).toHaveLength(1);
    expect(handler.stats()).toMatchObject({ received: 2, duplicate: 1, rejected: { not_stored: 1 } });
  });

  it("tells storing when to give up", async () => {
    const { store, post } = setUp({ storedTimeoutMs: 20 });
    let aborted = false;
    store.onStored = (signal) =>
      new Promise((_, reject) => {
        signal?.addEventListener("abort", () => {
          aborted = true;
          reject(new Error("aborted"));
        });
      });
    expect((await post("/open", fluxText(1))).status).toBe(503);
    expect(aborted).toBe(true);
  });

  it("answers 503 while a durable subscriber is detached", async () => {
    const store = new Store();
    const telemetry = telemetryOf();
    const attached = telemetry.subscribe(store);
    const { handler, post } = setUp({ to: telemetry, durable: [store] });
    attached.unsubscribe();
    expect((await post("/open", fluxText(1))).status).toBe(503);
    telemetry.subscribe(store);
    expect((await post("/open", fluxText(1))).status).toBe(200);
    expect(store.ids).toHaveLength(1);
    expect(handler.stats().rejected).toEqual({ not_stored: 1 });
  });

  it("answers 503 where a durable subscriber threw, which gets the event again", async () => {
    const store = new Store();
    let broken = true;
    const handle = store.handle.bind(store);
    store.handle = (event, context) => {
      if (broken) throw new Error("no");
      handle(event, context);
    };
    const { post } = setUp({ to: telemetryOf(store), durable: ["store"] });
    expect((await post("/open", fluxText(1))).status).toBe(503);
    broken = false;
    expect((await post("/open", fluxText(1))).status).toBe(200);
    expect(store.taken).toHaveLength(1);
  });

  it("takes durable subscribers by name", async () => {
    const store = new Store();
    const telemetry = telemetryOf(store);
    const named = setUp({ to: telemetry, durable: ["store"] });
    expect((await named.post("/open", fluxText(1))).status).toBe(200);
    expect(store.waits).toBe(1);
    const unknown = setUp({ to: telemetry, durable: ["history"] });
    expect((await unknown.post("/open", fluxText(2))).status).toBe(503);
    expect(() => setUp({ to: store, clusterId: "alone", durable: ["store"] })).toThrow(TypeError);
  });

  it("measures what a delivery tells of suspended repositories", async () => {
    const recorder = recordEvents();
    const sources = { "/argocd": { map: argocd, verify: unverified() } };
    const { post } = setUp({ sources, to: telemetryOf(recorder), durable: [] });
    const metadata = { name: "shop", namespace: "argocd", uid: "u" };
    const annotations = { "argocd.argoproj.io/skip-reconcile": "true" };
    await post("/argocd", JSON.stringify({ app: { metadata: { ...metadata, annotations }, spec: {} } }));
    await post("/argocd", JSON.stringify({ app: { metadata, spec: { syncPolicy: { automated: {} } } } }));
    await post("/argocd", JSON.stringify({ app: { metadata, spec: {} } }));
    const repository = { clusterId: "test", repoName: "shop", namespace: "argocd" };
    expect(recorder.ofKind("suspension")).toMatchObject([
      { ...repository, suspended: true },
      { ...repository, suspended: false },
    ]);
  });

  it("answers 503 where the telemetry is closed", async () => {
    const { telemetry, handler, post } = setUp();
    await telemetry.close();
    expect((await post("/open", fluxText(1))).status).toBe(503);
    expect(handler.stats().rejected).toEqual({ unavailable: 1 });
  });

  it("answers 422 where the telemetry refuses what a mapper made", async () => {
    const map = () => ({ events: [{} as never] });
    const { handler, post } = setUp({ sources: { "/open": { map, verify: unverified() } } });
    const response = await post("/open", "{}");
    expect([response.status, handler.stats().rejected]).toEqual([422, { invalid: 1 }]);
  });

  it.each(["telemetry", "subscriber"])(
    "refuses an event of tomorrow, and gives the %s those beside it",
    async (kind) => {
      const event = (id: string, timestamp: number): AluminiEvent => ({
        ...{ id, timestamp, type: "sync_completed", severity: "info", outcome: "success" },
        ...{ clusterId: "test", repoName: "shop", namespace: "default", trigger: "poll" },
      });
      const now = Date.now();
      const map = () => ({ events: [event("1", now), event("2", now + 90_000_000), event("3", now)] });
      const store = new Store();
      const to = kind === "telemetry" ? telemetryOf(store) : store;
      const sources = { "/open": { map, verify: unverified() } };
      const { handler, post } = setUp({ to, clusterId: "test", durable: [store], sources });
      const response = await post("/open", "{}");
      expect([response.status, await response.text()]).toEqual([422, expect.stringContaining("ahead of the clock")]);
      expect([store.ids, store.waits, handler.stats().rejected]).toEqual([["1", "3"], 1, { invalid: 1 }]);
    },
  );

  it("gives events to a subscriber on its own, whose types it minds and whose duplicates it knows", async () => {
    const store = new Store();
    const to = { name: "plain", types: ["sync_completed" as const], handle: store.handle.bind(store) };
    const { handler, post } = setUp({ to, clusterId: "alone", durable: [] });
    await post("/open", fluxText(1));
    await post("/open", fluxText(1));
    await post("/open", fluxText(2, { severity: "error", reason: "BuildFailed", message: "no" }));
    expect(store.taken.map(({ type, clusterId }) => [type, clusterId])).toEqual([["sync_completed", "alone"]]);
    expect(handler.stats()).toMatchObject({ received: 3, accepted: 2, duplicate: 1 });
  });

  it("answers 503 where a subscriber throws, and forgets that it had the event", async () => {
    let broken = true;
    const taken: string[] = [];
    const to = {
      name: "plain",
      handle: ({ id }: { id: string }) => {
        if (broken) throw new Error("no");
        taken.push(id);
      },
    };
    const { post } = setUp({ to, clusterId: "alone", durable: [] });
    expect((await post("/open", fluxText(1))).status).toBe(503);
    broken = false;
    expect((await post("/open", fluxText(1))).status).toBe(200);
    expect(taken).toHaveLength(1);
  });

  it("does not mind a promise of a subscriber that fails", async () => {
    const to = { name: "plain", handle: () => Promise.reject(new Error("later")) };
    const { post } = setUp({ to, clusterId: "alone", durable: [] });
    expect((await post("/open", fluxText(1))).status).toBe(200);
  });

  it("survives mappers and verifiers that throw", async () => {
    const boom = () => {
      throw new Error("boom");
    };
    const { handler, post } = setUp({
      sources: { "/map": { map: boom, verify: unverified() }, "/verify": { map: flux, verify: boom } },
    });
    expect((await post("/map", "{}")).status).toBe(500);
    expect((await post("/verify", "{}")).status).toBe(500);
    expect(isBalanced(handler.stats())).toBe(true);
  });

  it("takes a delivery that one of several verifiers knows", async () => {
    const verify = [hmacSha256({ header: "a", secrets: "one" }), hmacSha256({ header: "b", secrets: "two" })];
    const { post } = setUp({ sources: { "/either": { map: flux, verify } } });
    const text = fluxText(1);
    expect((await post("/either", text, { b: sign(text, "two") })).status).toBe(200);
    expect((await post("/either", text, { b: sign(text, "one") })).status).toBe(401);
  });

  it("bounds deliveries and bytes in progress", async () => {
    const { store, handler, post } = setUp({ maxInProgress: 2, maxBufferedBytes: 1500 });
    const waiting: (() => void)[] = [];
    const release = () => {
      for (const resolve of waiting.splice(0)) resolve();
    };
    store.onStored = () => new Promise<void>((resolve) => waiting.push(resolve));
    const first = post("/open", fluxText(1));
    await until(() => waiting.length > 0);
    const tooMuch = await post("/open", `${fluxText(2)}${" ".repeat(1200)}`);
    expect([tooMuch.status, tooMuch.headers.get("retry-after")]).toEqual([503, "5"]);
    const second = post("/open", fluxText(3));
    expect((await post("/open", fluxText(4))).status).toBe(503);
    expect(handler.stats().rejected).toEqual({ full: 2 });
    store.onStored = () => {};
    release();
    expect((await first).status).toBe(200);
    release();
    expect((await second).status).toBe(200);
    expect((await post("/open", `${fluxText(2)}${" ".repeat(800)}`)).status).toBe(200);
  });

  it("gives up a body that takes too long or breaks off", async () => {
    const { handler } = setUp({ bodyTimeoutMs: 30 });
    const send = (body: ReadableStream<Uint8Array>) =>
      handler(new Request("http://localhost/open", { method: "POST", body, duplex: "half" } as RequestInit));
    expect((await send(new ReadableStream())).status).toBe(408);
    expect((await send(new ReadableStream({ pull: () => Promise.reject(new Error("gone")) }))).status).toBe(400);
    expect(handler.stats()).toMatchObject({ rejected: { timeout: 1, incomplete: 1 }, inProgress: 0 });
  });

  it("stops reading a body without a length at the limit", async () => {
    const { handler } = setUp({ maxBodyBytes: 10_000 });
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(1000));
      },
    });
    const response = await handler(
      new Request("http://localhost/open", { method: "POST", body, duplex: "half" } as RequestInit),
    );
    expect([response.status, response.headers.get("connection")]).toEqual([413, "close"]);
    expect(pulled).toBeLessThan(20);
  });

  it("has equal sides at every instant", async () => {
    const { store, handler, post } = setUp({ maxInProgress: 20 });
    const instants: boolean[] = [];
    store.onStored = async () => {
      instants.push(isBalanced(handler.stats()));
      await new Promise((resolve) => setImmediate(resolve));
      instants.push(isBalanced(handler.stats()));
    };
    const kinds = [() => fluxText(1), () => "{", () => fluxText(2, { severity: "trace" })];
    const all = Array.from({ length: 90 }, async (_, index) => {
      const answer = post(index % 7 === 0 ? "/flux" : "/open", kinds[index % 3]?.() ?? "");
      instants.push(isBalanced(handler.stats()));
      await answer;
      instants.push(isBalanced(handler.stats()));
    });
    await Promise.all(all);
    expect(instants).not.toContain(false);
    expect(handler.stats()).toMatchObject({ received: 90, inProgress: 0 });
    expect(handler.stats().rejected["full"]).toBeGreaterThan(0);
  });

  it("keeps the reasons that it counts bounded", async () => {
    const { handler, post } = setUp();
    for (let i = 0; i < 100; i++) await post("/open", fluxText(i, { severity: "trace", reason: `Reason${i}` }));
    expect(Object.keys(handler.stats().ignored).length).toBeLessThanOrEqual(65);
    expect(isBalanced(handler.stats())).toBe(true);
  });

  it("shows no secret in an answer", async () => {
    const { post } = setUp();
    for (const headers of [{}, { "x-signature": sign("{}", SECRET) }, { "x-signature": `sha256=${SECRET}` }]) {
      const response = await post("/flux", fluxText(1), headers);
      expect(JSON.stringify([await response.text(), ...response.headers])).not.toContain(SECRET);
    }
  });

  it.each([
    ["no sources", { sources: {} }],
    ["a path without a slash", { sources: { flux: { map: flux, verify: unverified() } } }],
    ["a source that nothing verifies", { sources: { "/flux": { map: flux, verify: [] } } }],
    ["a subscriber that stores nothing as durable", { durable: [{ name: "x", handle() {} }] }],
    ["a subscriber without a cluster", { to: new Store() }],
    ["limits of 0", { maxBodyBytes: 0 }],
    ["no target", { to: undefined }],
  ])("refuses %s at once", (_what, options) => {
    expect(() => setUp(options as never)).toThrow(TypeError);
  });
});
