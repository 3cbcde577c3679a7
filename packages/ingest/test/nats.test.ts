import { NatsServer } from "@alumiini-internal/test-support/nats-server";
import { isInstalled, needProgram } from "@alumiini-internal/test-support/programs";
import { until } from "@alumiini-internal/test-support/until";
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { AckPolicy as AckPolicy2, connect as connect2 } from "nats";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { flux, ingestMessages, type NatsMessage } from "../src/index.js";
import { accountedFor, fluxText } from "./support/requests.js";
import { Store, telemetryOf } from "./support/target.js";

let server: NatsServer | undefined;
beforeAll(async () => {
  if (isInstalled("nats-server")) server = await NatsServer.start();
});
afterAll(() => server?.stop());

function natsOrSkip(context: TestContext): NatsServer {
  needProgram(context, "nats-server");
  return server ?? context.skip("nats-server did not start");
}

const bytes = (text: string) => new TextEncoder().encode(text);

/** What Flux's provider does with the bytes of an event: a plain publish on its subject. */
const PUBLISHED = [fluxText(1), fluxText(2), fluxText(2), "not JSON", fluxText(3, { severity: "trace" })];

describe("ingestMessages", () => {
  it("takes what Flux's provider publishes from a JetStream consumer, stored before it is acknowledged", async (context) => {
    const { url } = natsOrSkip(context);
    const connection = await connect({ servers: url });
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: "FLUX", subjects: ["flux.events"] });
    await manager.consumers.add("FLUX", { durable_name: "ingest", ack_policy: AckPolicy.Explicit });
    for (const text of PUBLISHED) connection.publish("flux.events", bytes(text));
    await connection.flush();

    const store = new Store();
    let failing = true;
    store.onStored = () => (failing ? Promise.reject(new Error("disk full")) : undefined);
    const messages = await (await jetstream(connection).consumers.get("FLUX", "ingest")).consume();
    const consumer = ingestMessages({
      messages,
      map: flux,
      to: telemetryOf(store),
      durable: [store],
      retryDelayMs: 20,
    });
    const pending = async () => (await manager.consumers.info("FLUX", "ingest")).num_ack_pending;
    await until(() => (consumer.stats().rejected.not_stored ?? 0) >= 3);
    expect(await pending()).toBeGreaterThanOrEqual(2);
    failing = false;
    await until(async () => consumer.stats().inProgress === 0 && (await pending()) === 0);
    await until(() => consumer.stats().rejected.invalid === 1);
    expect(store.ids).toHaveLength(2);
    expect(consumer.stats().ignored).toEqual({ ReconciliationSucceeded: 1 });
    expect(consumer.stats().received).toBe(accountedFor(consumer.stats()));
    await messages.close();
    await consumer.done;
    await connection.close();
  });

  it("takes the messages of a JetStream consumer of nats 2", async (context) => {
    const { url } = natsOrSkip(context);
    const connection = await connect2({ servers: url });
    const manager = await connection.jetstreamManager();
    await manager.streams.add({ name: "FLUX2", subjects: ["flux2.events"] });
    await manager.consumers.add("FLUX2", { durable_name: "ingest", ack_policy: AckPolicy2.Explicit });
    for (const text of PUBLISHED) connection.publish("flux2.events", bytes(text));
    const store = new Store();
    const messages = await (await connection.jetstream().consumers.get("FLUX2", "ingest")).consume();
    const consumer = ingestMessages({ messages, map: flux, to: telemetryOf(store), durable: [store] });
    await until(() => consumer.stats().received === PUBLISHED.length && consumer.stats().inProgress === 0);
    expect(consumer.stats()).toMatchObject({ accepted: 2, duplicate: 1, rejected: { invalid: 1 } });
    await until(async () => (await manager.consumers.info("FLUX2", "ingest")).num_ack_pending === 0);
    await messages.close();
    await consumer.done;
    await connection.close();
  });

  it("takes a plain subscription", async (context) => {
    const { url } = natsOrSkip(context);
    const connection = await connect({ servers: url });
    const subscription = connection.subscribe("flux.plain");
    const store = new Store();
    const consumer = ingestMessages({ messages: subscription, map: flux, to: telemetryOf(store), durable: [store] });
    for (const text of PUBLISHED) connection.publish("flux.plain", bytes(text));
    await until(() => consumer.stats().received === PUBLISHED.length && consumer.stats().inProgress === 0);
    expect(store.ids).toHaveLength(2);
    await connection.drain();
    await consumer.done;
  });
});

describe("ingestMessages without a server", () => {
  it("handles so many messages at once, and no more", async () => {
    const store = new Store();
    const waiting: (() => void)[] = [];
    store.onStored = () => new Promise<void>((resolve) => waiting.push(resolve));
    async function* messages(): AsyncGenerator<NatsMessage> {
      for (let second = 0; second < 10; second++) yield { data: bytes(fluxText(second)) };
    }
    const to = telemetryOf(store);
    const consumer = ingestMessages({ messages: messages(), map: flux, to, durable: [store], maxInProgress: 3 });
    let most = 0;
    await until(() => {
      most = Math.max(most, consumer.stats().inProgress);
      for (const resolve of waiting.splice(0, 1)) resolve();
      return consumer.stats().accepted === 10;
    });
    expect(most).toBe(3);
    await consumer.done;
  });

  it("rejects with what the messages failed with, and survives what acknowledging throws", async () => {
    async function* messages(): AsyncGenerator<NatsMessage> {
      yield {
        data: bytes(fluxText(1)),
        ack() {
          throw new Error("closed");
        },
      };
      throw new Error("connection lost");
    }
    const consumer = ingestMessages({ messages: messages(), map: flux, to: new Store(), clusterId: "test" });
    await expect(consumer.done).rejects.toThrow("connection lost");
    expect(consumer.stats()).toMatchObject({ received: 1, accepted: 1, inProgress: 0 });
  });
});
