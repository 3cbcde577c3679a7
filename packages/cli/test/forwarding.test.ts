import { createServer } from "node:http";
import { KafkaCluster } from "@alumiini-internal/test-support/kafka/cluster";
import { needKafka } from "@alumiini-internal/test-support/kafka/jars";
import { countRecords, readTopic } from "@alumiini-internal/test-support/kafka/reader";
import { NatsServer } from "@alumiini-internal/test-support/nats-server";
import { needPostgres, PostgresServer } from "@alumiini-internal/test-support/postgres-server";
import { needProgram } from "@alumiini-internal/test-support/programs";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { Kafka, logLevel } from "kafkajs";
import { expect, onTestFinished, test } from "vitest";
import { findCollector, startCollector } from "../../otel/test/collector/collector.ts";
import { startReceiver } from "../../otel/test/otlp/receiver.ts";
import { alumiini, dataOfTest, fluxDelivery, type Server, servedInTest } from "./support/alumiini.ts";

const SECRET = "flux-secret-of-this-test";
async function deliver(server: Server, from: number, to: number): Promise<void> {
  const sent = Array.from({ length: to - from }, async (_, index) => {
    const delivery = fluxDelivery(`repo-${from + index}`, SECRET, index % 3 === 0);
    return (await fetch(`${server.url}/flux`, delivery)).status;
  });
  expect(new Set(await Promise.all(sent))).toEqual(new Set([200]));
}

/** The ids of the events that the history has. */
async function storedIds(env: Record<string, string>, data: string): Promise<string[]> {
  const { out } = await alumiini(["export", "--data", data], env);
  return out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).eventId);
}

/** `nats: 0 wait, 0 dropped`, for each sink. */
async function sinksOf(server: Server): Promise<string[]> {
  const answer: { sinks: { kind: string; pending: number; dropped: number }[] } = JSON.parse(
    await (await fetch(`${server.url}/v1/sinks`)).text(),
  );
  return answer.sinks.map(
    ({ kind, pending, dropped }) => `${kind}: ${pending > 0 ? "some" : "none"} wait, ${dropped} dropped`,
  );
}

const ALL_SENT = ["nats", "kafka", "http"].map((kind) => `${kind}: none wait, 0 dropped`);

/** Everything that the stream holds, as one text. */
async function jetStreamText(url: string, stream: string): Promise<string> {
  const connection = await connect({ servers: url });
  try {
    const { streams } = await jetstreamManager(connection);
    const { state } = await streams.info(stream);
    const texts: string[] = [];
    for (let seq = 1; seq <= state.last_seq; seq++) {
      texts.push((await streams.getMessage(stream, { seq }))?.string() ?? "");
    }
    return texts.join("\n");
  } finally {
    await connection.close();
  }
}

/** A receiver of CDEvents that can be down; it keeps what it has taken. */
async function cdeventsReceiver() {
  const state = { down: false, bodies: [] as string[] };
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      if (!state.down) state.bodies.push(body);
      response.writeHead(state.down ? 503 : 202).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return Object.assign(state, { port: typeof address === "object" && address !== null ? address.port : 0 });
}

test("PostgreSQL keeps and NATS, Kafka, HTTP and OTLP receive all that was answered, through outages and a kill", async (context) => {
  needProgram(context, "nats-server");
  await needPostgres(context);
  await needKafka(context);
  const otelcol = findCollector();
  if (otelcol === undefined) return context.skip("an OpenTelemetry Collector (packages/otel/test/collector)");
  const [nats, postgres, kafka, http, receiver] = await Promise.all([
    NatsServer.start(),
    PostgresServer.start(),
    KafkaCluster.start(),
    cdeventsReceiver(),
    startReceiver(),
  ]);
  onTestFinished(async () => {
    await Promise.all([nats.stop(), postgres.stop(), kafka.stop(), receiver[Symbol.asyncDispose]()]);
  });
  const collector = await startCollector(otelcol, receiver.endpoint);
  onTestFinished(() => collector[Symbol.asyncDispose]());
  const connection = await connect({ servers: nats.url });
  await (await jetstreamManager(connection)).streams.add({ name: "EVENTS", subjects: ["alumiini.events.>"] });
  await connection.close();
  const admin = new Kafka({ brokers: kafka.bootstrap, logLevel: logLevel.NOTHING }).admin();
  await admin.createTopics({ topics: [{ topic: "events", numPartitions: 3 }] });
  await admin.disconnect();
  const data = dataOfTest();
  const env = {
    ALUMIINI_FLUX_SECRET: SECRET,
    ALUMIINI_POSTGRES_URL: postgres.url,
    ALUMIINI_NATS_SERVERS: nats.url,
    ALUMIINI_NATS_STREAM: "EVENTS",
    ALUMIINI_KAFKA_BROKERS: kafka.bootstrap.join(),
    ALUMIINI_KAFKA_TOPIC: "events",
    ALUMIINI_HTTP_URL: `http://127.0.0.1:${http.port}/`,
    ALUMIINI_OTLP_ENDPOINT: collector.endpoint,
  };
  const first = await servedInTest(data, [], env);
  await deliver(first, 0, 20);
  await expect.poll(() => sinksOf(first)).toEqual(ALL_SENT);

  await Promise.all([nats.kill(), kafka.broker().kill()]);
  http.down = true;
  await deliver(first, 20, 40);
  expect(await sinksOf(first)).toEqual(ALL_SENT.map((line) => line.replace("none", "some")));
  await first.stop("SIGKILL");

  // The next process finds everything down, takes more, and sends what waits once it can.
  const second = await servedInTest(data, [], env);
  await deliver(second, 40, 50);
  await Promise.all([nats.restart(), kafka.broker().start()]);
  http.down = false;
  await expect.poll(() => sinksOf(second)).toEqual(ALL_SENT);

  const stored = await storedIds(env, data);
  expect(new Set(stored).size).toBeGreaterThanOrEqual(50);
  const inStream = await jetStreamText(nats.url, "EVENTS");
  expect(stored.filter((id) => !inStream.includes(id))).toEqual([]);
  expect(await countRecords(kafka.bootstrap, "events")).toBeGreaterThanOrEqual(stored.length);
  const inTopic = (await readTopic(kafka.bootstrap, "events")).map(({ value }) => value).join("\n");
  expect(stored.filter((id) => !inTopic.includes(id))).toEqual([]);
  const overHttp = http.bodies.join("\n");
  for (let index = 0; index < 50; index++) expect(overHttp).toContain(`repo-${index}"`);
  expect(await second.stop()).toBe(0);
  const { spans, metrics, logs } = receiver.received;
  const seen = new Set(spans.map(({ attributes }) => attributes["alumiini.repo.name"]));
  expect([seen.size > 0, metrics.size > 0, logs.length > 0]).toEqual([true, true, true]);
  expect(second.log()).not.toContain(postgres.url);
});
