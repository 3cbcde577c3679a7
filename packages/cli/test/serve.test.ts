import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { alumiini, dataOfTest, fluxDelivery, servedInTest } from "./support/alumiini.ts";

const SECRET = "flux-secret-of-this-test";
const TOKEN = "0123456789abcdef0123456789abcdef";
async function statusOf(url: string, init?: RequestInit): Promise<number> {
  const response = await fetch(url, init);
  await response.arrayBuffer();
  return response.status;
}

test("takes signed deliveries, and answers on the command line with the server up and down", async () => {
  const path = dataOfTest();
  const env = { ALUMIINI_FLUX_SECRET: SECRET, ALUMIINI_GITHUB_SECRET: "gh-secret" };
  const server = await servedInTest(path, [], env);
  expect(await statusOf(`${server.url}/flux`, fluxDelivery("checkout", SECRET, true))).toBe(200);
  const refused = await fetch(`${server.url}/flux`, fluxDelivery("cart", "another secret", true));
  expect(refused.status).toBe(401);
  expect(refused.headers.get("keep-alive"), "longer than those who send keep a connection").toBe("timeout=75");
  const github = new URL("../../ingest/test/fixtures/github-deployments.json", import.meta.url);
  const { deliveries } = JSON.parse(readFileSync(github, "utf8"));
  let taken = 0;
  for (const { headers, bodyText } of deliveries) {
    if ((await statusOf(`${server.url}/github`, { method: "POST", headers, body: bodyText })) === 200) taken++;
  }
  expect(taken).toBeGreaterThan(3);

  const up = await alumiini(["fleet", "--data", path, "--output", "table"]);
  expect(up).toMatchObject({ status: 0, err: "" });
  expect(up.out).toContain("shop/kustomization/checkout");
  expect(up.out).toMatch(/x Failing/);
  expect(up.out).toContain(`On the page: ${server.url}/#/fleet`);
  const failing = await alumiini(["fleet", "--data", path, "--fail-on", "failing", "--output", "json"]);
  expect(failing.status).toBe(5);
  expect(JSON.parse(failing.out).counts.failing).toBe(1);
  const around = await alumiini(["around", "checkout", "now", "--data", path, "--output", "table", "--window", "1h"]);
  expect(around).toMatchObject({ status: 0, err: "" });
  expect(around.out).toContain("The nearest failure:");
  const scraped = await fetch(`${server.url}/metrics`, { headers: { "accept-encoding": "gzip" } });
  expect(scraped.headers.get("content-encoding")).toBe("gzip");
  const metrics = await scraped.text();
  expect(metrics).toContain('alumiini_ingest_deliveries_total{source="/flux"');
  expect(server.log()).toMatch(/WARN {2}delivery refused path=\/flux status=401/);
  expect(server.log()).not.toContain(SECRET);

  expect(await server.stop()).toBe(0);
  const down = await alumiini(["syncs", "--data", path, "--output", "ndjson", "--outcome", "failed,timed_out"]);
  expect(down).toMatchObject({ status: 0, err: "" });
  expect(down.out.trim().split("\n").length).toBeGreaterThan(0);
  const explained = await alumiini([
    "dora",
    "--data",
    path,
    "--explain",
    "frequency",
    "--output",
    "table",
    "--last",
    "52w",
  ]);
  expect(explained.out).toContain("deploymentFrequency =");
  expect((await alumiini(["rebuild", "--data", path])).out).toMatch(/^\d+ events projected again/);
});

test("deliveries tells what was refused at the door, as the page does", async () => {
  const path = dataOfTest();
  const server = await servedInTest(path, [], { ALUMIINI_FLUX_SECRET: SECRET, ALUMIINI_GITHUB_SECRET: "gh-secret" });
  expect(await statusOf(`${server.url}/flux`, fluxDelivery("checkout", SECRET, true))).toBe(200);
  for (const name of ["cart", "search"]) {
    expect(await statusOf(`${server.url}/flux`, fluxDelivery(name, "another secret", true))).toBe(401);
  }
  expect(await statusOf(`${server.url}/github`, { method: "POST", body: "{}" })).toBe(415);
  const asked = async (...args: string[]) => {
    const { status, out, err } = await alumiini(["deliveries", "--data", path, ...args]);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    return out;
  };
  const table = await asked("--output", "table");
  expect(table).toContain(
    "Deliveries since the server's start: 4 = 1 taken + 0 known already + 0 without an event + 3 refused.",
  );
  expect(table).toMatch(/^– +\/flux +unauthorized +2 deliveries refused$/m);
  expect(table).toMatch(/^– +\/github +unsupported_media_type +1 delivery refused$/m);
  expect(await asked()).toMatch(/^\t\/flux\tunauthorized\t2 deliveries refused$/m);
  expect(await asked("--reason", "too_large")).not.toContain("unauthorized");
  const lines = (text: string) =>
    text
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
  const refused = { receivedAt: null, source: "/flux", reason: "unauthorized", message: "2 deliveries refused" };
  expect(lines(await asked("--output", "ndjson"))).toContainEqual(refused);
  expect(lines(await asked("--output", "ndjson", "--reason", "unauthorized"))).toEqual([refused]);
  expect(await asked("--output", "ndjson", "--reason", "invalid")).toBe("");
  const { deliveries } = JSON.parse(await (await fetch(`${server.url}/v1/sinks`)).text());
  expect(JSON.parse(await asked("--output", "json")).deliveries).toEqual(deliveries);
  expect(await server.stop()).toBe(0);
  expect(JSON.parse(await asked("--output", "json")).deliveries).toBeNull();
  expect(await asked("--output", "table")).toContain("How many deliveries were refused is not known");
});

test("loses nothing that was answered when it is killed", async () => {
  const path = dataOfTest();
  const env = { ALUMIINI_FLUX_SECRET: SECRET };
  const server = await servedInTest(path, [], env);
  const answered: string[] = [];
  const sending = Array.from({ length: 200 }, async (_, index) => {
    const name = `repo-${index}`;
    const status = await statusOf(`${server.url}/flux`, fluxDelivery(name, SECRET, index % 2 === 0)).catch(() => 0);
    if (status === 200) answered.push(name);
    // In the middle: some are answered, others not.
    if (answered.length === 50) await server.stop("SIGKILL");
  });
  await Promise.all(sending);
  expect(answered.length).toBeGreaterThanOrEqual(50);
  const again = await servedInTest(path, [], env);
  const kept = new Set<string>();
  const fleet = JSON.parse(await (await fetch(`${again.url}/v1/fleet?limit=500`)).text());
  for (const { repoName } of fleet.items) kept.add(repoName);
  expect(answered.filter((name) => !kept.has(`kustomization/${name}`))).toEqual([]);
});

test("a second server on the same data waits unready, names the holder, and takes over", async () => {
  const path = dataOfTest();
  const first = await servedInTest(path);
  const second = await servedInTest(path, [], {}, "waiting for the data directory");
  expect(await statusOf(`${second.url}/healthz`)).toBe(200);
  const ready = await fetch(`${second.url}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.text()).toMatch(/is held by node \(PID \d+\)/);
  expect(await statusOf(`${second.url}/flux`, fluxDelivery("checkout", SECRET, true))).toBe(503);
  await first.stop();
  await expect.poll(() => statusOf(`${second.url}/readyz`)).toBe(200);
});

test("beyond loopback, the page's data takes the token or a session that it opened", async () => {
  const path = dataOfTest();
  const server = await servedInTest(path, ["--listen", "0.0.0.0:0"], {
    ALUMIINI_TOKEN: TOKEN,
    ALUMIINI_FLUX_SECRET: SECRET,
  });
  const at = (route: string) => server.url.replace("0.0.0.0", "127.0.0.1") + route;
  for (const open of ["/healthz", "/readyz", "/"]) expect(await statusOf(at(open)), open).toBe(200);
  for (const shut of ["/v1/fleet", "/v1/tail", "/v1/sinks", "/metrics"])
    expect(await statusOf(at(shut)), shut).toBe(401);
  expect(await statusOf(at(`/v1/fleet?token=${TOKEN}`))).toBe(401);
  expect(await statusOf(at("/v1/fleet"), { headers: { authorization: `Bearer ${TOKEN}` } })).toBe(200);
  expect(await statusOf(at("/v1/fleet"), { headers: { authorization: `Bearer ${TOKEN}x` } })).toBe(401);
  const post = (body: string) => fetch(at("/session"), { method: "POST", body });
  expect((await post('{"token":"wrong"}')).status).toBe(401);
  expect((await post("{")).status).toBe(401);
  expect(await statusOf(at("/session"))).toBe(405);
  const session = await post(JSON.stringify({ token: TOKEN }));
  expect(session.status).toBe(204);
  const cookie = session.headers.get("set-cookie") ?? "";
  expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
  expect(cookie).not.toContain(TOKEN);
  const [pair = ""] = cookie.split(";");
  expect(await statusOf(at("/v1/fleet"), { headers: { cookie: pair } })).toBe(200);
  const longer = pair.replace(".", "9.");
  expect(await statusOf(at("/v1/fleet"), { headers: { cookie: longer } })).toBe(401);
  // A source that has no secret isn't taken; a delivery needs no token.
  expect(await statusOf(at("/github"), { method: "POST" })).toBe(404);
  expect(await statusOf(at("/flux"), fluxDelivery("checkout", SECRET, true))).toBe(200);
  const asked = await alumiini(["fleet", "--server", at("")]);
  expect(asked.status).toBe(4);
  expect((await alumiini(["fleet", "--server", at("")], { ALUMIINI_TOKEN: TOKEN })).out).toContain("checkout");
});

test("on loopback, a page of another site is refused", async () => {
  const server = await servedInTest(dataOfTest());
  const headers = { origin: "https://evil.example" };
  expect(await statusOf(`${server.url}/v1/fleet`, { headers })).toBe(403);
  expect(await statusOf(`${server.url}/flux`, { method: "POST", headers, body: "{}" })).toBe(403);
});

test("stores a backfill, with a server and without one", async () => {
  const path = dataOfTest();
  const application = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "checkout", namespace: "argocd", uid: "u-1" },
    spec: { source: { repoURL: "https://github.com/acme/shop" } },
    status: {
      history: [
        {
          id: 0,
          revision: "a1".repeat(20),
          deployedAt: "2026-11-01T10:00:00Z",
          deployStartedAt: "2026-11-01T09:59:50Z",
        },
      ],
    },
  };
  const input = JSON.stringify({ kind: "List", items: [application] });
  const stored = await alumiini(["backfill", "-", "--data", path], {}, input);
  expect(stored.out + stored.err).toMatch(/^(?:no server|[1-9]\d* events stored)/m);
  const server = await servedInTest(path);
  const sent = await alumiini(["backfill", "-", "--data", path], {}, input);
  expect(sent).toMatchObject({ status: 0, err: "" });
  const exported = await alumiini(["export", "--data", path]);
  expect(exported.out).toContain("checkout");
  expect(await server.stop()).toBe(0);
});
