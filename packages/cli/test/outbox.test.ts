import { createServer } from "node:http";
import { NatsServer } from "@alumiini-internal/test-support/nats-server";
import { needProgram } from "@alumiini-internal/test-support/programs";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, onTestFinished, test } from "vitest";
import { alumiini, dataOfTest, fluxDelivery, type Server, servedInTest } from "./support/alumiini.ts";

const SECRET = "flux-secret-of-this-test";
function started(path: string, env: Record<string, string>): Promise<Server> {
  return servedInTest(path, [], { ALUMIINI_FLUX_SECRET: SECRET, ...env });
}

async function deliver(server: Server, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const { status } = await fetch(`${server.url}/flux`, fluxDelivery(name, SECRET, true));
    expect(status).toBe(200);
  }
}

/** A receiver of CDEvents whose answer can be changed; it keeps the ids of what it has taken. */
async function receiver(status: number) {
  const state = { status, taken: new Set<string>() };
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      if (state.status < 300) state.taken.add(`${request.headers["ce-source"]}#${request.headers["ce-id"]}`);
      response.writeHead(state.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return Object.assign(state, { url: `http://127.0.0.1:${port}/events` });
}

test("drain delivers to NATS what waits, once it is there, and never beside a server", async (context) => {
  needProgram(context, "nats-server");
  const nats = await NatsServer.start();
  onTestFinished(() => nats.stop());
  const connection = await connect({ servers: nats.url });
  await (await jetstreamManager(connection)).streams.add({ name: "EVENTS", subjects: ["alumiini.events.>"] });
  await connection.close();
  await nats.kill();

  const path = dataOfTest();
  const env = { ALUMIINI_NATS_SERVERS: nats.url, ALUMIINI_NATS_STREAM: "EVENTS" };
  const server = await started(path, env);
  await deliver(server, ["checkout", "cart", "search"]);
  const held = await alumiini(["outbox", "drain", "--data", path], env);
  expect(held.status).toBe(3);
  expect(held.err).toContain(`the server at ${server.url} has ${path}/outbox/nats`);
  const live = await alumiini(["outbox", "inspect", "--data", path, "--json"]);
  const waiting = JSON.parse(live.out).pending;
  expect(waiting).toBeGreaterThanOrEqual(3);
  expect(await server.stop()).toBe(0);

  const down = await alumiini(["outbox", "drain", "--data", path, "--timeout", "1s", "--output", "json"], env);
  expect(down.status).toBe(1);
  expect(JSON.parse(down.out)).toMatchObject({ sinks: [{ sink: "nats", delivered: 0, pending: waiting }] });
  await nats.restart();
  const up = await alumiini(["outbox", "drain", "nats", "--data", path, "--output", "json"], env);
  expect(up).toMatchObject({ status: 0 });
  expect(JSON.parse(up.out)).toMatchObject({ sinks: [{ sink: "nats", delivered: waiting, pending: 0, dropped: 0 }] });

  const again = await connect({ servers: nats.url });
  onTestFinished(() => again.close());
  const stream = await jetstream(again).streams.get("EVENTS");
  expect((await stream.info()).state.messages).toBe(waiting);
});

test("resend accepts again what the receiver refused", async () => {
  const target = await receiver(400);
  const path = dataOfTest();
  const env = { ALUMIINI_HTTP_URL: target.url };
  const server = await started(path, env);
  await deliver(server, ["checkout", "cart"]);
  const deadLetters = async () => {
    const { out } = await alumiini(["outbox", "export", "http", "--data", path, "--dead-letters"]);
    return out.split("\n").filter((line) => line !== "");
  };
  await expect.poll(async () => (await deadLetters()).length).toBeGreaterThanOrEqual(2);
  await server.stop();
  const kept = (await deadLetters()).map((line) => JSON.parse(line));
  expect(kept[0]).toMatchObject({ kind: "dead_letter", reason: "rejected" });

  const refused = await alumiini(["outbox", "resend", "--data", path, "--output", "json"], env);
  expect(refused.status).toBe(1);
  expect(JSON.parse(refused.out)).toMatchObject({
    sinks: [{ resent: kept.length, delivered: 0, dropped: kept.length }],
  });
  // Nothing is lost by an attempt that fails.
  expect(await deadLetters()).toHaveLength(kept.length);

  target.status = 202;
  const table = await alumiini(["outbox", "resend", "--data", path, "--output", "table"], env);
  expect(table.status).toBe(0);
  expect(table.out).toMatch(/^SINK +SENT AGAIN +DELIVERED/);
  expect([...target.taken].sort()).toEqual(kept.map(({ id }) => id).sort());
  expect(await deadLetters()).toEqual([]);
  expect((await alumiini(["outbox", "drain", "--data", path, "--output", "json"], env)).status).toBe(0);
});

test.each([
  [["outbox", "drain"], 2, "no sink is configured; name the server's configuration with --config, or see --help"],
  [["outbox", "resend", "kafka"], 2, "no kafka is configured"],
  [["outbox", "drain", "redis"], 2, "Allowed choices are nats, kafka, http."],
  [["outbox", "inspect"], 3, "has no outbox of nats, kafka, http"],
  [["outbox", "drain", "--timeout", "soon", "--cdevents-to", "http://127.0.0.1:9/"], 2, '"soon" is not a span of time'],
])("%j says what to do", async (args, status, line) => {
  const ended = await alumiini([...args, "--data", dataOfTest()]);
  expect(ended.status).toBe(status);
  expect(ended.err).toContain(line);
});

test("discard deletes what it is asked to", async () => {
  const target = await receiver(400);
  const path = dataOfTest();
  const server = await started(path, { ALUMIINI_HTTP_URL: target.url });
  await deliver(server, ["checkout"]);
  await expect
    .poll(async () => (await alumiini(["outbox", "inspect", "http", "--data", path])).out)
    .toMatch(/dead letters +[1-9]/);
  await server.stop();
  expect((await alumiini(["outbox", "discard", "--data", path])).status).toBe(2);
  const { out, status } = await alumiini(["outbox", "discard", "--data", path, "--dead-letters"]);
  expect({ status, out }).toEqual({ status: 0, out: expect.stringMatching(/^[1-9]\d* dead letters deleted/) });
});
