import { writeFile } from "node:fs/promises";
import { createServer, type Server as HttpServer } from "node:http";
import { join } from "node:path";
import { freePort } from "@alumiini-internal/test-support/ports";
import { expect, onTestFinished, test } from "vitest";
import { alumiini, dataOfTest, fluxDelivery, servedInTest } from "./support/alumiini.ts";

const SECRET = "flux-secret-of-this-test";
const TOKEN = "token-of-the-receiver";
/** A receiver of CDEvents on a port; it keeps their types. */
async function receiver(port: number): Promise<{ server: HttpServer; types: string[]; tokens: Set<string> }> {
  const types: string[] = [];
  const tokens = new Set<string>();
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      types.push(String(request.headers["ce-type"]));
      tokens.add(String(request.headers.authorization));
      response.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { server, types, tokens };
}

test("what a sink could not send is kept under --data and sent by the next server", async () => {
  const path = dataOfTest();
  // Nobody listens on it for now.
  const port = await freePort();
  const env = {
    ALUMIINI_FLUX_SECRET: SECRET,
    ALUMIINI_HTTP_URL: `http://127.0.0.1:${port}/cdevents`,
    ALUMIINI_HTTP_TOKEN: TOKEN,
  };
  const first = await servedInTest(path, [], env);
  const answer = await fetch(`${first.url}/flux`, fluxDelivery("checkout", SECRET, true));
  expect(answer.status).toBe(200);
  const { sinks } = JSON.parse(await (await fetch(`${first.url}/v1/sinks`)).text());
  expect(sinks).toMatchObject([{ kind: "http", delivered: 0, dropped: 0, durable: true }]);
  expect(sinks[0].pending).toBeGreaterThan(0);
  expect(await first.stop()).toBe(0);
  expect(first.log()).not.toContain(TOKEN);

  const target = await receiver(port);
  onTestFinished(() => new Promise((resolve) => target.server.close(() => resolve())));
  onTestFinished(() => target.server.closeAllConnections());
  const second = await servedInTest(path, [], env);
  await expect.poll(() => target.types.join()).toContain("dev.cdevents.");
  expect([...target.tokens]).toEqual([`Bearer ${TOKEN}`]);
  expect(await second.stop()).toBe(0);
});

test("a receiver that is down for so long that its outbox is full keeps no delivery waiting", async () => {
  const path = dataOfTest();
  // Nobody listens on it.
  const port = await freePort();
  const config = join(path, "alumiini.yaml");
  const sinks = { http: { url: `http://127.0.0.1:${port}/cdevents`, outboxMaxBytes: 1_048_576 } };
  await writeFile(config, JSON.stringify({ sinks }));
  const server = await servedInTest(path, ["--config", config], { ALUMIINI_FLUX_SECRET: SECRET });
  const message = `health check failed: ${"of a b ".repeat(1000)}`;
  for (let at = 0; at < 10; at++) {
    const answers = Array.from({ length: 20 }, (_, each) =>
      fetch(`${server.url}/flux`, fluxDelivery(`repo-${at}-${each}`, SECRET, true, { message })),
    );
    for (const { status } of await Promise.all(answers)) expect(status).toBe(200);
  }
  const answer = await (await fetch(`${server.url}/v1/sinks`)).json();
  expect(answer).toMatchObject({ sinks: [{ kind: "http", pending: 200, dropped: 0 }] });
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const stored = Number(/^alumiini_outbox_records\{sink="http"\} (\d+)/m.exec(metrics)?.[1]);
  expect(stored).toBeGreaterThan(10);
  expect(stored, "the outbox is full").toBeLessThan(200);
  expect(await server.stop()).toBe(0);
});

test("setup prints manifests, and never without knowing where to", async () => {
  const flux = await alumiini(["setup", "flux", "--url", "https://a.example/flux", "--secret", "alumiini-flux"]);
  expect(flux.out).toContain("type: generic-hmac");
  expect((await alumiini(["setup", "github", "--url", "https://a.example/github"])).out).toContain(
    "What it does not tell:",
  );
  expect((await alumiini(["setup", "kubernetes"])).out).toContain("type: Recreate");
  expect((await alumiini(["setup", "flux"])).status).toBe(2);
  expect((await alumiini(["setup", "kubernetes", "--secret", "a: b"])).status).toBe(2);
});

test("rules, objectives and costs are what alumiini-prometheus prints", async () => {
  expect(JSON.parse((await alumiini(["slos"])).out)).toHaveProperty("syncLatency");
  const series = await alumiini(["series", "--repositories", "7"]);
  expect(series).toMatchObject({ status: 0, err: "" });
  expect(series.out).toContain("alumiini_syncs_total");
  expect((await alumiini(["--help"])).out).toMatch(/^ +series /m);
  expect((await alumiini(["rules", "--format", "nonsense"])).status).toBe(2);
});
