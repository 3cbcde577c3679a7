import { createTelemetry, parseWire, toWire } from "@alumiini/core";
import { sampleEvents } from "@alumiini/core/testing";
import { describe, expect, it } from "vitest";
import { createSink, type EventMessagesOptions, eventMessages, type Message } from "../src/index.js";
import { MemoryOutbox } from "../src/testing/index.js";

function collect(options: EventMessagesOptions = {}, extra: { maxQueueMessages?: number } = {}) {
  const sent: Message[] = [];
  const sink = createSink({
    name: "collect",
    transport: {
      send: async (batch) => {
        sent.push(...batch);
        return batch.map(() => ({ status: "delivered" }));
      },
    },
    messages: eventMessages(options),
    onFailure: () => {},
    ...extra,
  });
  return { sink, sent };
}

const text = (bytes: Uint8Array) => new TextDecoder("utf-8", { fatal: true }).decode(bytes);

describe("a sink", () => {
  it("sends every event in its wire form, in order for each repository", async () => {
    const { sink, sent } = collect();
    const telemetry = createTelemetry({ clusterId: "test" });
    telemetry.subscribe(sink);
    await sink.ready();
    const events = sampleEvents();
    for (const event of events) sink.handle(event);
    await telemetry.close();
    expect(sink.stats()).toMatchObject({ accepted: 39, delivered: 39, pending: 0 });
    for (const { id, key, headers, body } of sent) {
      const event = events.find((one) => one.id === id);
      expect(event && parseWire(text(body))).toEqual({ ok: true, event });
      expect(event && JSON.parse(text(body))).toEqual(event && toWire(event));
      expect(key).toBe(event?.repoName);
      expect(headers).toEqual({ "content-type": "application/json" });
    }
    for (const key of new Set(sent.map((one) => one.key))) {
      const ofOne = events.filter(({ repoName }) => repoName === key).map(({ id }) => id);
      expect(sent.filter((one) => one.key === key).map(({ id }) => id)).toEqual(ofOne);
    }
  });

  it("sends CloudEvents instead, none, one or several for an event", async () => {
    const { sink, sent } = collect({
      encode: (event) =>
        event.type === "worker_started"
          ? []
          : ["x", "y"].map((id) => ({ specversion: "1.0", id, source: "/s", type: `t.${event.type}`, data: { id } })),
      destination: (_, cloudEvent) => cloudEvent?.type ?? "",
      key: (event) => event.namespace,
    });
    for (const event of sampleEvents()) sink.handle(event);
    await sink.flush();
    expect(sink.stats()).toMatchObject({ accepted: 2 * 36, delivered: 2 * 36 });
    const [first] = sent;
    expect(first).toMatchObject({
      id: "/s#x",
      key: "default",
      destination: "t.sync_started",
      headers: { "content-type": "application/cloudevents+json; charset=UTF-8" },
    });
    expect(JSON.parse(text(first?.body ?? new Uint8Array()))).toMatchObject({ specversion: "1.0", data: { id: "x" } });
  });

  it("with an outbox makes telemetry's flush resolve at its deadline, though nothing has arrived", async () => {
    const sink = createSink({
      name: "down",
      transport: { connect: () => Promise.reject(new Error("refused")), send: async () => [] },
      messages: eventMessages(),
      outbox: new MemoryOutbox(),
      onFailure: () => {},
    });
    const telemetry = createTelemetry({ clusterId: "test" });
    telemetry.subscribe(sink);
    telemetry.emit("worker_started", { repoName: "my-app", namespace: "default" });
    await telemetry.flush({ timeoutMs: 20 });
    expect(sink.stats()).toMatchObject({ accepted: 1, pending: 1, outbox: { pending: 1 } });
    await sink.close();
  });

  it("without an outbox makes it reject", async () => {
    const { sink } = collect();
    const telemetry = createTelemetry({ clusterId: "test", onFailure: () => {} });
    telemetry.subscribe({ ...sink, flush: () => sink.flush(AbortSignal.abort()) });
    telemetry.emit("worker_started", { repoName: "my-app", namespace: "default" });
    await expect(telemetry.flush()).rejects.toThrow("1 messages");
    await sink.close();
  });

  it("counts an event that can't be encoded and goes on", async () => {
    const { sink } = collect({
      encode: () => {
        throw new Error("unknown type");
      },
    });
    for (const event of sampleEvents()) expect(() => sink.handle(event)).not.toThrow();
    expect(sink.stats()).toMatchObject({ accepted: 39, pending: 0, dropped: { encode_failed: 39 } });
    await sink.close();
  });

  it("does not encode what would be dropped at once, and counts it all the same", async () => {
    let destinations = 0;
    const destination = () => `${destinations++}`;
    const { sink } = collect({ destination, key: () => "one" }, { maxQueueMessages: 5 });
    for (const event of sampleEvents()) sink.handle(event);
    expect(sink.stats()).toMatchObject({ accepted: 39, pending: 5, dropped: { overflow: 34 } });
    expect(destinations).toBe(5);
    await sink.close();
    for (const event of sampleEvents()) sink.handle(event);
    expect(sink.stats()).toMatchObject({ accepted: 78, dropped: { closed: 39 + 5 } });
  });

  it.each(["null", "{}", "[null]", "[{}]"])(
    "counts an event that becomes %s as one that can't be encoded",
    async (json) => {
      const failures: string[] = [];
      const sink = createSink({
        name: "x",
        transport: { send: async () => [] },
        messages: () => JSON.parse(json),
        onFailure: ({ kind }) => failures.push(kind),
      });
      for (const event of sampleEvents()) sink.handle(event);
      // Nobody asks: what is thrown now would end the process.
      await Promise.resolve();
      expect(sink.stats()).toMatchObject({ accepted: 39, pending: 0, dropped: { encode_failed: 39 } });
      expect(failures).toContain("encode_failed");
      await sink.close();
    },
  );

  it("gets only the types that it asks for", () => {
    const sink = createSink({
      name: "x",
      types: ["sync_failed"],
      transport: { send: async () => [] },
      messages: () => [],
    });
    expect(sink.types).toEqual(["sync_failed"]);
  });
});
