import { createTelemetry } from "@alumiini/core";
import { recordEvents } from "@alumiini/core/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { ControllerServer } from "../src/http/server.js";
import { Webhooks } from "../src/http/webhook.js";
import { sign } from "../src/http/webhook-signature.js";
import type { WorkerStatus } from "../src/supervisor.js";

const repository = { name: "app", namespace: "team", url: "https://example.com/org/app", path: "" };

async function setUp(syncToken?: string) {
  const telemetry = createTelemetry({ clusterId: "test" });
  const recorder = recordEvents();
  telemetry.subscribe(recorder);
  const synced: string[] = [];
  let status: WorkerStatus[] = [{ repository: "app", state: "running", restarts: 0, lastSync: "completed" }];
  const sync = (repoName: string) => {
    if (repoName === "app") synced.push(repoName);
    return repoName === "app";
  };
  const server = new ControllerServer({
    webhooks: new Webhooks({
      telemetry,
      repositories: [repository],
      secrets: { github: "hub" },
      branchOf: () => undefined,
      onPush: ({ name }) => sync(name),
    }),
    metrics: (_request, response) => response.end("metrics"),
    status: () => status,
    sync,
    syncToken,
  });
  const url = await server.listen("127.0.0.1", 0);
  onTestFinished(() => server.close());
  const setStatus = (next: WorkerStatus[]) => {
    status = next;
  };
  return { url, recorder, synced, setStatus, server };
}

const push = JSON.stringify({ repository: { clone_url: "https://example.com/org/app.git" }, ref: "refs/heads/main" });

describe("ControllerServer", () => {
  it("serves the metrics", async () => {
    const { url } = await setUp();
    expect(await (await fetch(`${url}/metrics`)).text()).toBe("metrics");
  });

  it("tells of its health, which failing repositories do not end", async () => {
    const { url, setStatus } = await setUp();
    const health = async () => {
      const response = await fetch(`${url}/healthz?verbose`);
      return { code: response.status, body: await response.json() };
    };
    const running = { repository: "app", state: "running", restarts: 0, lastSync: "completed" } as const;
    expect(await health()).toEqual({ code: 200, body: { status: "ok", workers: [running] } });
    setStatus([{ ...running, lastSync: "failed" }]);
    expect(await health()).toMatchObject({ code: 200, body: { status: "degraded" } });
    setStatus([{ ...running, state: "restarting" }]);
    expect(await health()).toMatchObject({ code: 200, body: { status: "degraded" } });
  });

  it("takes a signed webhook, and no other", async () => {
    const { url, synced, recorder } = await setUp();
    const post = (signature: string) =>
      fetch(`${url}/webhook/github`, {
        method: "POST",
        headers: { "x-github-event": "push", "x-hub-signature-256": signature },
        body: push,
      });
    expect((await post(sign(push, "guess"))).status).toBe(401);
    expect(synced).toEqual([]);
    const response = await post(sign(push, "hub"));
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ message: "syncing app" });
    expect(synced).toEqual(["app"]);
    expect(recorder.events.map(({ outcome }) => outcome)).toEqual(["failure", "success"]);
  });

  it("refuses a body that is too large, whether it says so or not", async () => {
    const { url } = await setUp();
    const chunk = new Uint8Array(64 * 1024);
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent++;
        controller.enqueue(chunk);
        if (sent > 1000) controller.close();
      },
    });
    for (const body of [new Uint8Array(2 * 1024 * 1024), endless]) {
      const answer = await fetch(`${url}/webhook/github`, { method: "POST", body, duplex: "half" }).then(
        ({ status }) => status,
        (error: Error) => (hasClosed(error) ? "closed" : error),
      );
      // The server hangs up on who goes on sending, and may be faster than the answer.
      expect([413, "closed"]).toContain(answer);
    }
    expect(sent).toBeLessThan(500);
  });

  it("syncs on request", async () => {
    const { url, synced } = await setUp();
    expect((await fetch(`${url}/sync/app`, { method: "POST" })).status).toBe(202);
    expect((await fetch(`${url}/sync/other`, { method: "POST" })).status).toBe(404);
    expect((await fetch(`${url}/sync/app`)).status).toBe(405);
    expect(synced).toEqual(["app"]);
  });

  it("asks for the token where there is one", async () => {
    const { url, synced } = await setUp("t0k3n");
    const post = (authorization: string) =>
      fetch(`${url}/sync/app`, { method: "POST", headers: { authorization } }).then(({ status }) => status);
    expect(await post("")).toBe(401);
    expect(await post("Bearer guess")).toBe(401);
    expect(await post("Bearer t0k3n")).toBe(202);
    expect(synced).toEqual(["app"]);
  });

  it.each([
    ["GET", "/", 404],
    ["GET", "/webhook/github", 405],
    ["POST", "/webhook/gitea", 404],
    ["POST", "/webhook/gitlab", 404],
    ["POST", "/healthz", 405],
    ["HEAD", "/healthz", 200],
    ["POST", "/sync/", 404],
    ["POST", "/sync/a/b", 404],
    ["POST", "/sync/%2e%2e", 404],
  ])("answers %s %s with %i", async (method, path, status) => {
    const { url } = await setUp();
    expect((await fetch(`${url}${path}`, { method })).status).toBe(status);
  });

  it("says that its port is taken", async () => {
    const { url, server } = await setUp();
    const other = new ControllerServer({
      webhooks: new Webhooks({
        telemetry: createTelemetry({ clusterId: "t" }),
        repositories: [],
        secrets: {},
        branchOf: () => undefined,
        onPush: () => {},
      }),
      metrics: () => {},
      status: () => [],
      sync: () => false,
    });
    await expect(other.listen("127.0.0.1", Number(new URL(url).port))).rejects.toMatchObject({ code: "EADDRINUSE" });
    await server.close();
    await other.close();
  });
});

function hasClosed({ cause }: Error): boolean {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return code === "ECONNRESET" || code === "EPIPE" || code === "UND_ERR_SOCKET";
}
