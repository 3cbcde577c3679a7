import { describe, expect, it } from "vitest";
import { KafkaTransport } from "../src/transport.js";
import { FakeProducer } from "./fake-producer.js";
import { messageOf } from "./support.js";

const RUNNING = new AbortController().signal;
const settings = { acks: -1, idempotent: undefined, compression: "none", timeoutMs: 1000 } as const;
const batchOf = (...ids: string[]) => ids.map((id) => messageOf(id, "app"));
const batchOf12Keys = () => Array.from({ length: 12 }, (_, index) => messageOf(String(index), `app-${index}`));

function setUp(topic?: string) {
  const producer = new FakeProducer();
  const transport = new KafkaTransport(producer, settings, topic);
  const send = async (batch: ReturnType<typeof batchOf>) =>
    (await transport.send(batch, RUNNING)).map(({ status }) => status);
  return { producer, transport, send };
}

describe("a batch", () => {
  it("goes to each partition in one request, in order, and is answered in the batch's order", async () => {
    const { producer, send } = setUp();
    producer.partitions = 3;
    producer.refuse = (ids) => (ids.includes("0") ? "retry" : undefined);
    const batch = Array.from({ length: 30 }, (_, index) => messageOf(String(index), `app-${index % 6}`));
    const statuses = await send(batch);
    expect(new Set(producer.requests.map(({ partition }) => partition)).size).toBe(producer.requests.length);
    expect(producer.requests.reduce((sum, { records }) => sum + records, 0)).toBe(30);
    for (const [index, status] of statuses.entries()) {
      expect(status).toBe(producer.stored.includes(String(index)) ? "delivered" : "retry");
    }
    expect(statuses).toContain("delivered");
    for (let key = 0; key < 6; key++) {
      const stored = producer.stored.map(Number).filter((id) => id % 6 === key);
      expect(stored).toEqual(stored.toSorted((a, b) => a - b));
    }
  });

  it("may hold several topics; what has none waits, and nothing else does", async () => {
    const { producer, transport } = setUp();
    const batch = [messageOf("1", "a", "one"), messageOf("2", "a", "missing"), messageOf("3", "a", "two")];
    const results = await transport.send(batch, RUNNING);
    expect(results).toMatchObject([
      { status: "delivered" },
      {
        status: "retry",
        retryAfterMs: 10_000,
        error: { message: "because Error: said misconfigured (topic missing)" },
      },
      { status: "delivered" },
    ]);
    expect(producer.stored).toEqual(["1", "3"]);
  });

  it("with one poisonous message loses that one only", async () => {
    const { producer, send } = setUp();
    producer.refuse = (ids) => (ids.includes("c") ? "poison" : undefined);
    expect(await send(batchOf("a", "b", "c", "d", "e"))).toEqual([
      "delivered",
      "delivered",
      "rejected",
      "delivered",
      "delivered",
    ]);
    expect(producer.stored).toEqual(["a", "b", "d", "e"]);
  });

  it("that is refused for its sum is sent in parts", async () => {
    const { producer, send } = setUp();
    producer.refuse = (ids) => (ids.length > 2 ? "poison" : undefined);
    expect(await send(batchOf("a", "b", "c", "d", "e"))).toEqual(Array(5).fill("delivered"));
    expect(producer.stored).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("does not go on past a part that must be sent again", async () => {
    const { producer, send } = setUp();
    producer.refuse = (ids) => (ids.length > 2 ? "poison" : ids.includes("b") ? "retry" : undefined);
    expect(await send(batchOf("a", "b", "c", "d"))).toEqual(Array(4).fill("retry"));
    expect(producer.stored).toEqual([]);
    producer.refuse = (ids) => (ids.length > 2 ? "poison" : ids.includes("c") ? "retry" : undefined);
    expect(await send(batchOf("a", "b", "c", "d"))).toEqual(["delivered", "delivered", "retry", "retry"]);
  });
});

describe("the number of partitions", () => {
  it("is asked for once, also by batches that come at the same time", async () => {
    const { producer, send } = setUp();
    await Promise.all([send(batchOf("a")), send(batchOf("b"))]);
    await send(batchOf("c"));
    expect(producer.counted).toBe(1);
  });

  it("is asked for again after the topic was not as it was known to be", async () => {
    const { producer, send } = setUp();
    producer.refuse = () => "misconfigured";
    await send(batchOf("a"));
    producer.refuse = () => undefined;
    producer.partitions = 4;
    expect(await send(batchOf("a"))).toEqual(["delivered"]);
    expect(producer.counted).toBe(2);
  });

  it("makes the group of a message, as far as it is known", async () => {
    const { producer, transport, send } = setUp("events");
    producer.partitions = 3;
    const groups = () => [...new Set(batchOf12Keys().map((message) => transport.groupOf(message)))].sort();
    expect(groups()).toEqual(["events"]);
    await transport.connect(RUNNING);
    expect(groups()).toEqual(["0 events", "1 events", "2 events"]);
    expect(transport.groupOf(messageOf("a", "app", "elsewhere"))).toBe("elsewhere");
    producer.refuse = () => "misconfigured";
    await send(batchOf("a"));
    expect(groups()).toEqual(["events"]);
  });

  it("may have grown since a batch was filled: it is divided then", async () => {
    const { producer, transport, send } = setUp("events");
    await transport.connect(RUNNING);
    const batch = batchOf12Keys();
    expect(new Set(batch.map((message) => transport.groupOf(message))).size).toBe(1);
    producer.refuse = () => "misconfigured";
    await send(batchOf("forgets"));
    producer.refuse = () => undefined;
    producer.partitions = 6;
    producer.requests.length = 0;
    expect(await send(batch)).toEqual(batch.map(() => "delivered"));
    expect(producer.requests.length).toBeGreaterThan(1);
    expect(new Set(producer.requests.map(({ partition }) => partition)).size).toBe(producer.requests.length);
    expect(producer.stored.toSorted()).toEqual(batch.map(({ id }) => id).toSorted());
  });

  it("must be 1 or more", async () => {
    const { producer, transport } = setUp();
    producer.partitions = 0;
    expect(await transport.send(batchOf("a"), RUNNING)).toMatchObject([{ status: "retry" }]);
    expect(producer.requests).toEqual([]);
  });
});

it("connecting fails, with what to do, where the topic is missing", async () => {
  await expect(setUp("missing").transport.connect(RUNNING)).rejects.toThrow("because Error: said misconfigured");
  await expect(setUp("events").transport.connect(RUNNING)).resolves.toBeUndefined();
});
