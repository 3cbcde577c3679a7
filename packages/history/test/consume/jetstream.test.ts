import { NatsServer } from "@alumiini-internal/test-support/nats-server";
import { needProgram } from "@alumiini-internal/test-support/programs";
import { until } from "@alumiini-internal/test-support/until";
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { type NatsConnection as ConnectionV3, connect as connectV3 } from "@nats-io/transport-node";
import { connect as connectV2 } from "nats";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ConsumerStats, Consumption } from "../../src/consume/intake.js";
import type { NatsConnection } from "../../src/consume/jetstream/client.js";
import { consumeJetStream } from "../../src/consume/jetstream/consume.js";
import type { JetStreamOptions } from "../../src/consume/jetstream/options.js";
import { StoreUnavailable } from "../../src/store/errors.js";
import { observedSpans } from "../../src/store/observed.js";
import type { Store } from "../../src/store/store.js";
import { DuckDbPlace } from "../store/duckdb-place.js";
import { countStored, payload, SampleTarget, STREAM_TABLES, storedGaps } from "./sample-target.js";

const CLIENTS: readonly {
  name: string;
  connect: (url: string) => Promise<NatsConnection & { close(): Promise<void> }>;
}[] = [
  {
    name: "@nats-io/transport-node 3",
    connect: (servers) => connectV3({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 50 }),
  },
  { name: "nats 2", connect: (servers) => connectV2({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 50 }) },
];

describe.each(CLIENTS)("consuming JetStream with $name", ({ connect }) => {
  let server: NatsServer | undefined;
  let admin: ConnectionV3 | undefined;
  let connection: (NatsConnection & { close(): Promise<void> }) | undefined;
  let place: DuckDbPlace;
  let store: Store;
  let target: SampleTarget;
  const running: Consumption[] = [];

  beforeEach(async (context) => {
    needProgram(context, "nats-server");
    server = await NatsServer.start();
    admin = await connectV3({ servers: server.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    await (await jetstreamManager(admin)).streams.add({ name: "events", subjects: ["events.>"] });
    connection = await connect(server.url);
    place = await DuckDbPlace.make();
    await openStore();
  });

  afterEach(async () => {
    for (const consumption of running.splice(0)) await consumption.stop();
    await target?.writer.close();
    await store?.close();
    await connection?.close();
    await admin?.close();
    await server?.stop();
    await place?.remove();
    server = admin = connection = undefined;
  });

  async function openStore(): Promise<void> {
    store = await place.open(STREAM_TABLES);
    target = new SampleTarget(store, { maxDelayMs: 20, retry: { firstMs: 20, longestMs: 50 } });
  }

  /** The consumer as it is after a restart of the process: with a store opened anew. */
  async function reopen(): Promise<void> {
    for (const consumption of running.splice(0)) await consumption.stop();
    await target.writer.close();
    await store.close();
    await openStore();
  }

  async function consume(options: Partial<JetStreamOptions> = {}): Promise<Consumption> {
    if (connection === undefined) throw new Error("no connection");
    const all = { connection, stream: "events", durable: "history", positionEveryMs: 50, ...options };
    const consumption = await consumeJetStream(all, target);
    running.push(consumption);
    return consumption;
  }

  async function publish(from: number, to: number, subject = "events.a"): Promise<void> {
    if (admin === undefined) throw new Error("no connection");
    const js = jetstream(admin);
    for (let n = from; n < to; n += 500) {
      const numbers = Array.from({ length: Math.min(500, to - n) }, (_, index) => n + index);
      await Promise.all(numbers.map((number) => untilPublished(() => js.publish(subject, payload(number)))));
    }
  }

  /** The server may be about to come back. */
  async function untilPublished(publishOnce: () => Promise<unknown>): Promise<void> {
    await until(() =>
      publishOnce().then(
        () => true,
        () => false,
      ),
    );
  }

  /** What is answered to each delivery of the stream's first message. */
  function answersToFirst(): string[] {
    if (admin === undefined) throw new Error("no connection");
    const answers: string[] = [];
    admin.subscribe("$JS.ACK.events.history.*.1.>", {
      callback: (error, message) => void answers.push(error?.message ?? message.string()),
    });
    return answers;
  }

  const stored = (n: number) => until(async () => (await countStored(store)).n >= n);

  async function manager() {
    if (admin === undefined) throw new Error("no connection");
    return jetstreamManager(admin);
  }

  /** Until the stream says that nothing is under way, and the store knows. */
  async function settled(consumption: Consumption, durable = "history"): Promise<ConsumerStats> {
    await until(async () => {
      const info = await (await manager()).consumers.info("events", durable);
      return info.num_pending === 0 && info.num_ack_pending === 0 && consumption.stats().pending === 0;
    });
    return consumption.stats();
  }

  it("stores what was there and what comes, once, and acknowledges it when it is committed", async () => {
    await publish(0, 1_000);
    const consumption = await consume();
    await stored(1_000);
    await publish(1_000, 1_500);
    await publish(400, 700);
    await stored(1_500);
    expect(await settled(consumption)).toEqual({ received: 1_800, stored: 1_800, refused: 0, pending: 0, missing: 0 });
    expect(await countStored(store)).toEqual({ n: 1_500, ids: 1_500, projected: 1_500 });
    expect(await storedGaps(store)).toEqual([]);
  });

  it("acknowledges nothing while the store is unavailable, keeps within its bounds, and goes on by itself", async () => {
    const commit = store.commit.bind(store);
    let available = false;
    store.commit = async (...args) => {
      if (!available) throw new StoreUnavailable("the disk is full");
      return commit(...args);
    };
    await publish(0, 3_000);
    const answers = answersToFirst();
    const consumption = await consume({ maxInFlight: 500, ackWaitMs: 2_000 });
    await until(() => consumption.stats().pending >= 400);
    // Three times within the server's patience it is told that a message is under way: with the fourth, that is over.
    await until(() => answers.length >= 4);
    expect(new Set(answers)).toEqual(new Set(["+WPI"]));
    const info = await (await manager()).consumers.info("events", "history");
    expect(info.ack_floor.stream_seq).toBe(0);
    expect(info.num_redelivered).toBe(0);
    expect(consumption.stats().pending).toBeLessThanOrEqual(500);
    available = true;
    await stored(3_000);
    expect(await settled(consumption)).toMatchObject({ stored: 3_000, pending: 0 });
    expect(await countStored(store)).toEqual({ n: 3_000, ids: 3_000, projected: 3_000 });
  });

  it("puts poison into the dead letters, whether it is no event or the store can't take it, and stores the rest", async () => {
    if (admin === undefined) throw new Error("no connection");
    await publish(0, 50);
    await jetstream(admin).publish("events.a", new TextEncoder().encode("no JSON \u0000"));
    await jetstream(admin).publish("events.a", payload(7.5));
    await publish(50, 100);
    const consumption = await consume();
    await stored(100);
    expect(await settled(consumption)).toEqual({ received: 102, stored: 102, refused: 1, pending: 0, missing: 0 });
    const letters = await store.query({
      sql: "select id, reason from dead_letters order by id",
      columns: { id: "text", reason: "text" },
    });
    expect(letters).toEqual([
      { id: "jetstream:events/0/51", reason: "no number" },
      { id: "jetstream:events/0/52", reason: expect.stringContaining("events.ts must be a bigint") },
    ]);
  });

  it("resumes where it was, and finds what was removed meanwhile", async () => {
    await publish(0, 100);
    await settled(await consume());
    await reopen();
    await publish(100, 300);
    const streams = (await manager()).streams;
    // 50 at the beginning of what is unread, and 3 within.
    await streams.purge("events", { seq: 151 });
    for (const sequence of [200, 201, 250]) await streams.deleteMessage("events", sequence);
    const consumption = await consume();
    await stored(247);
    expect(await settled(consumption)).toMatchObject({ received: 147, missing: 53 });
    const stream = { stream: "jetstream:events", partition: 0, certain: true };
    expect(await storedGaps(store)).toEqual([
      { ...stream, first_sequence: 101, last_sequence: 150 },
      { ...stream, first_sequence: 200, last_sequence: 201 },
      { ...stream, first_sequence: 250, last_sequence: 250 },
    ]);
  });

  it("begins where the stream does: what was removed before it was ever read for the first time is no gap", async () => {
    await publish(0, 100);
    await (await manager()).streams.purge("events", { seq: 51 });
    const consumption = await consume();
    await stored(50);
    expect(await settled(consumption)).toMatchObject({ received: 50, missing: 0 });
    expect(await storedGaps(store)).toEqual([]);
  });

  it("reads again what was acknowledged when the store has lost it, and what a new store never had", async () => {
    await publish(0, 1_000);
    await settled(await consume());
    for (const consumption of running.splice(0)) await consumption.stop();
    await target.writer.close();
    await store.close();
    // A backup from before all of it, so to speak.
    await place.remove();
    place = await DuckDbPlace.make();
    await openStore();
    expect(await countStored(store)).toMatchObject({ n: 0 });
    await publish(1_000, 1_200);
    const consumption = await consume();
    await stored(1_200);
    await settled(consumption);
    expect(await countStored(store)).toEqual({ n: 1_200, ids: 1_200, projected: 1_200 });
  });

  it("shares a durable consumer with others, and takes their messages for no gaps", async () => {
    await publish(0, 500);
    const first = await consume({ maxInFlight: 50 });
    const second = await consume({ maxInFlight: 50 });
    await publish(500, 3_000);
    await stored(3_000);
    await settled(first);
    await settled(second);
    expect(first.stats().received).toBeGreaterThan(0);
    expect(second.stats().received).toBeGreaterThan(0);
    expect(await storedGaps(store)).toEqual([]);
    expect(await countStored(store)).toEqual({ n: 3_000, ids: 3_000, projected: 3_000 });
  });

  it("reads some subjects only where it is told to, and calls their gaps uncertain", async () => {
    await publish(0, 10, "events.a");
    await publish(10, 20, "events.b");
    await publish(20, 30, "events.a");
    await (await manager()).streams.deleteMessage("events", 25);
    const consumption = await consume({ durable: "some", filterSubjects: ["events.a"] });
    await stored(19);
    await settled(consumption, "some");
    expect(await countStored(store)).toMatchObject({ n: 19 });
    expect((await storedGaps(store)).map(({ certain }) => certain)).toEqual([false]);
  });

  it("survives kills of the server, and loses and repeats nothing", async () => {
    const consumption = await consume({ ackWaitMs: 1_000 });
    for (let round = 0; round < 3; round++) {
      await publish(round * 500, (round + 1) * 500);
      await server?.kill();
      await server?.restart();
    }
    await publish(1_500, 2_000);
    await stored(2_000);
    await settled(consumption);
    expect(await countStored(store)).toEqual({ n: 2_000, ids: 2_000, projected: 2_000 });
    expect(await storedGaps(store)).toEqual([]);
  });

  it("makes its consumer again when it was deleted", async () => {
    await publish(0, 100);
    const failures: string[] = [];
    const consumption = await consume({ onFailure: ({ message }) => failures.push(message) });
    await stored(100);
    await settled(consumption);
    // The server sometimes says that a directory was not empty, having removed the consumer all the same.
    await (await manager()).consumers.delete("events", "history").catch(() => {});
    await publish(100, 200);
    await stored(200);
    await settled(consumption);
    expect(await countStored(store)).toEqual({ n: 200, ids: 200, projected: 200 });
  });

  it("reads a stream that was made again from its beginning, and says that what it held is not known", async () => {
    await publish(0, 100);
    let consumption = await consume();
    await stored(100);
    await settled(consumption);
    const makeAgain = async (): Promise<void> => {
      const { streams } = await manager();
      await streams.delete("events").catch(() => {});
      await streams.add({ name: "events", subjects: ["events.>"] });
    };
    // While it is consumed, with fewer messages than were stored; then while it is not, with more.
    await makeAgain();
    await publish(100, 150);
    await stored(150);
    await settled(consumption);
    for (const one of running.splice(0)) await one.stop();
    await makeAgain();
    await publish(150, 350);
    await reopen();
    consumption = await consume();
    await stored(350);
    await settled(consumption);
    expect(await countStored(store)).toEqual({ n: 350, ids: 350, projected: 350 });
    expect((await storedGaps(store)).map(({ first_sequence, certain }) => [first_sequence, certain])).toEqual([
      [51, false],
      [101, false],
    ]);
  });

  it("notes how long the stream was followed", async () => {
    await publish(0, 10);
    const before = Date.now();
    await settled(await consume());
    await until(async () => {
      const spans = await observedSpans(store, { from: before - 60_000, to: Date.now() + 60_000 });
      return spans.some(({ kind, source, to }) => kind === "stream" && source === "events" && to > before);
    });
  });

  it("refuses what can't be consumed, in words", async () => {
    const streams = await manager();
    await streams.consumers.add("events", { durable_name: "loose", ack_policy: AckPolicy.None });
    await expect(consume({ durable: "loose" })).rejects.toThrow(
      "must be a pull consumer with explicit acknowledgements",
    );
    await expect(consume({ stream: "nothing" })).rejects.toThrow("stream not found");
    await expect(consume({ durable: "a.b" })).rejects.toThrow(TypeError);
    await expect(consume({ maxInFlight: 0 })).rejects.toThrow(TypeError);
  });
});
