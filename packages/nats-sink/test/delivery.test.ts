import { createTelemetry, parseWire } from "@alumiini/core";
import { sampleEvents } from "@alumiini/core/testing";
import { expectConserved } from "@alumiini-internal/test-support/sinks";
import { until } from "@alumiini-internal/test-support/until";
import { describe, expect, it } from "vitest";
import { eventSubject, natsSink } from "../src/index.js";
import { startBroker } from "./broker.js";
import { CLIENTS } from "./clients.js";

const cloudEvent = {
  specversion: "1.0",
  source: "https://controller.example/prod",
  type: "dev.cdevents.pipelinerun.started.0.2.0",
  datacontenttype: "application/json",
} as const;

describe.each(CLIENTS)("natsSink with $name", ({ connect }) => {
  it("stores every event in its wire form, once, under its subject", async (context) => {
    const broker = await startBroker(context);
    const connection = await connect({ servers: broker.url });
    const sink = natsSink({ connection, stream: "EVENTS" });
    const telemetry = createTelemetry({ clusterId: "prod" });
    telemetry.subscribe(sink);
    const events = sampleEvents();
    for (const event of events) sink.handle(event);
    telemetry.emit("sync_completed", { repoName: "a/b.c", namespace: "team", trigger: "poll", durationMs: 5 });
    await telemetry.close();

    const stored = await broker.read();
    // In order within each repository only.
    const byId = new Map(stored.map((message) => [message.id, message]));
    expect(byId.size).toBe(stored.length);
    for (const event of events) {
      const { subject, text } = byId.get(event.id) ?? {};
      expect(subject).toBe(eventSubject(event));
      expect(parseWire(text)).toEqual({ ok: true, event });
    }
    expect(stored.find(({ text }) => text.includes("a/b.c"))).toMatchObject({
      subject: "alumiini.events.prod.team.a%2Fb%2Ec.sync_completed",
      headers: { "content-type": "application/json", "Nats-Expected-Stream": "EVENTS" },
    });
    expect(sink.stats()).toMatchObject({ delivered: events.length + 1, pending: 0, retries: 0 });
    expect(connection.isClosed()).toBe(false);
    await connection.close();
  });

  it("connects by itself, and closes what it opened", async (context) => {
    const broker = await startBroker(context);
    let opened: Awaited<ReturnType<typeof connect>> | undefined;
    const sink = natsSink({
      servers: broker.url,
      connect: async (options) => {
        opened = await connect({ ...options });
        return opened;
      },
    });
    await sink.ready();
    for (const event of sampleEvents()) sink.handle(event);
    await sink.flush();
    expect(await broker.read()).toHaveLength(sampleEvents().length);
    await sink.close();
    expect(opened?.isClosed()).toBe(true);
  });

  it("sends CloudEvents with their type as the subject and source and id as what identifies them", async (context) => {
    const broker = await startBroker(context, { subjects: ["dev.cdevents.>"] });
    const connection = await connect({ servers: broker.url });
    const [event] = sampleEvents();
    if (event === undefined) throw new Error("there are no samples");
    for (const contentMode of ["structured", "binary"] as const) {
      const encode = () => [{ ...cloudEvent, id: contentMode, data: { answer: "ä" } }];
      const sink = natsSink({ connection, contentMode, encode });
      sink.handle(event);
      await sink.flush();
      await sink.close();
    }
    const [structured, binary] = await broker.read();
    expect(structured).toMatchObject({
      subject: cloudEvent.type,
      id: "https://controller.example/prod#structured",
      headers: { "Content-Type": "application/cloudevents+json; charset=UTF-8" },
    });
    expect(JSON.parse(structured?.text ?? "")).toEqual({ ...cloudEvent, id: "structured", data: { answer: "ä" } });
    expect(binary).toMatchObject({
      subject: cloudEvent.type,
      headers: { "ce-id": "binary", "ce-type": cloudEvent.type, "ce-datacontenttype": "application/json" },
      text: '{"answer":"ä"}',
    });
    await connection.close();
  });

  it("publishes without JetStream in core mode", async (context) => {
    const broker = await startBroker(context, { subjects: [] });
    const received: string[] = [];
    broker.admin.subscribe("alumiini.events.>", {
      callback: (_, message) => {
        received.push(message.subject);
      },
    });
    await broker.admin.flush();
    const connection = await connect({ servers: broker.url });
    const sink = natsSink({ connection, mode: "core" });
    for (const event of sampleEvents()) sink.handle(event);
    await sink.flush();
    await broker.admin.flush();
    expect(received.toSorted()).toEqual(sampleEvents().map(eventSubject).toSorted());
    expect(sink.stats()).toMatchObject({ delivered: received.length, pending: 0 });
    await sink.close();
    await connection.close();
  });

  it("waits for a server that is down at the start, and delivers what was emitted meanwhile", async (context) => {
    const broker = await startBroker(context);
    await broker.server.kill();
    const failures: string[] = [];
    const sink = natsSink({
      servers: broker.url,
      connect: (options) => connect({ ...options }),
      retry: { maxDelayMs: 100 },
      onFailure: ({ message }) => failures.push(message),
    });
    for (const event of sampleEvents()) sink.handle(event);
    await until(() => failures.length > 0);
    expect(failures[0]).toContain(`no connection to NATS at ${broker.url}`);
    expect(sink.stats()).toMatchObject({ pending: sampleEvents().length, connected: false });
    expectConserved(sink);
    await broker.server.restart();
    await sink.ready();
    await sink.flush();
    expect(await broker.read()).toHaveLength(sampleEvents().length);
    await sink.close();
  });

  it("counts what was left in memory when it closed without a server", async (context) => {
    const broker = await startBroker(context);
    await broker.server.kill();
    const sink = natsSink({ servers: broker.url, connect: (options) => connect({ ...options }), onFailure: () => {} });
    for (const event of sampleEvents()) sink.handle(event);
    await expect(sink.flush(AbortSignal.timeout(100))).rejects.toThrow(`${sampleEvents().length} messages`);
    await sink.close(AbortSignal.timeout(100));
    expect(sink.stats()).toMatchObject({ pending: 0, dropped: { closed: sampleEvents().length } });
    expectConserved(sink);
  });
});
