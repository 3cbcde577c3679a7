import type { CloudEvent } from "@alumiini/delivery";
import { cloudEventsConformance } from "@alumiini/delivery/testing";
import { HTTP } from "cloudevents";
import { afterEach, describe, expect, it } from "vitest";
import { HTTP_BINDING } from "../src/cloudevent.js";
import { type HttpSinkOptions, httpSink } from "../src/http.js";
import { cdevents, fromCloudEvent } from "../src/index.js";
import { eventOf } from "./support/events.js";
import { accept, type Behaviour, startReceiver, type TestReceiver } from "./support/receiver.js";

const open: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const { stop } of open.splice(0)) await stop();
});

async function setUp(behave: Behaviour, options: Partial<HttpSinkOptions>) {
  const receiver = await startReceiver(behave);
  const sink = httpSink({ url: receiver.url, retry: { initialDelayMs: 1 }, ...options });
  open.push({ stop: () => sink.close(AbortSignal.abort()) }, receiver);
  return { receiver, sink };
}

const EVENT = eventOf("sync_completed", {
  repoName: "büro \ud83d\ude00",
  syncId: "01JD2V5T8Y3QK7ZC4N6X9WB0RM",
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  spanId: "00f067aa0ba902b7",
  rolloutRef: "default/my-app",
});

it.each(["binary", "structured"] as const)("%s: the cloudevents package and we read what was encoded", async (mode) => {
  const encode = cdevents({ profile: "0.5.1" });
  const { receiver, sink } = await setUp(accept, { contentMode: mode, encode });
  sink.handle(EVENT);
  await sink.flush();
  const sent: CloudEvent[] = JSON.parse(JSON.stringify(encode(EVENT)));
  expect(receiver.requests).toHaveLength(sent.length);
  for (const [index, { headers, body }] of receiver.requests.entries()) {
    expect(headers["content-type"]).toBe(mode === "binary" ? "application/json" : "application/cloudevents+json");
    expect(fromCloudEvent({ headers, body })).toMatchObject({ ok: true, event: sent[index]?.data });
    const official = HTTP.toEvent({ headers, body });
    // The package leaves percent-encoded header values as they are, against the binding: subjects with them differ.
    expect(official).toMatchObject({ id: sent[index]?.id, data: sent[index]?.data, specversion: "1.0" });
    expect(Reflect.get(official, "traceparent")).toBe("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  }
});

describe("batched", () => {
  const events = Array.from({ length: 8 }, (_, index) => ({ ...eventOf("worker_started"), id: `E${index}` }));
  const idsOf = (receiver: TestReceiver) =>
    receiver.requests.map(({ body }) => (JSON.parse(body) as CloudEvent[]).map(({ id }) => id).join(""));

  it("posts many events in one request", async () => {
    const { receiver, sink } = await setUp(accept, { contentMode: "batched" });
    for (const event of events) sink.handle(event);
    await sink.flush();
    expect(idsOf(receiver)).toEqual(["E0E1E2E3E4E5E6E7"]);
    expect(receiver.requests[0]?.headers["content-type"]).toBe("application/cloudevents-batch+json");
  });

  it("finds the one event that the receiver refuses; the others arrive", async () => {
    const rejected: string[] = [];
    const taken: string[] = [];
    const { sink } = await setUp(
      ({ body }, response) => {
        if (body.includes('"E5"')) return void response.writeHead(422).end();
        taken.push(...(JSON.parse(body) as CloudEvent[]).map(({ id }) => id));
        response.writeHead(204).end();
      },
      { contentMode: "batched", onDeadLetter: ({ id }) => rejected.push(id), onFailure: () => undefined },
    );
    for (const event of events) sink.handle(event);
    await sink.flush();
    expect(taken).toEqual(["E0", "E1", "E2", "E3", "E4", "E6", "E7"]);
    expect(rejected).toEqual(["alumiini:/clusters/prod-us-east#E5"]);
  });

  it("lets nothing overtake an event that has to be sent again", async () => {
    const { receiver, sink } = await setUp(
      (_request, response, { index }) => void response.writeHead([413, 500][index] ?? 204).end(),
      { contentMode: "batched", onFailure: () => undefined },
    );
    for (const event of events) sink.handle(event);
    await sink.flush();
    expect(idsOf(receiver)).toEqual(["E0E1E2E3E4E5E6E7", "E0E1E2E3", "E0E1E2E3", "E4E5E6E7"]);
    expect(sink.stats()).toMatchObject({ delivered: 8, pending: 0 });
  });

  it("does not halve what is refused as a whole", async () => {
    const { receiver, sink } = await setUp((_request, response) => void response.writeHead(401).end(), {
      contentMode: "batched",
      onFailure: () => undefined,
    });
    for (const event of events) sink.handle(event);
    await sink.flush();
    expect(receiver.requests).toHaveLength(1);
    expect(sink.stats()).toMatchObject({ dropped: { rejected: 8 } });
  });
});

it("asks for headers before each request, and the same connection serves many", async () => {
  let token = 0;
  const { receiver, sink } = await setUp((_request, response) => void response.end("taken"), {
    headers: async () => ({ Authorization: `Bearer ${token++}` }),
  });
  for (let round = 0; round < 5; round++) sink.handle(eventOf("worker_started"));
  await sink.flush();
  expect(receiver.requests.map(({ headers }) => headers.authorization)).toEqual(
    [0, 1, 2, 3, 4].map((count) => `Bearer ${count}`),
  );
  expect(receiver.connections).toBeLessThan(5);
});

it("a misspelt option is refused", () => {
  const options = { url: "http://127.0.0.1/", onFailur: () => {} };
  expect(() => Reflect.apply(httpSink, undefined, [options])).toThrow('did you mean "onFailure"?');
});

it("an unknown mode is refused", () => {
  const options = { url: "http://127.0.0.1/", contentMode: "smoke" };
  // @ts-expect-error: from JavaScript anything may come
  expect(() => httpSink(options)).toThrow('it must be "binary", "structured" or "batched"');
});

describe("CloudEvents", () => {
  const bind: Parameters<typeof cloudEventsConformance>[0]["bind"] = (event, mode) => HTTP_BINDING[mode](event);
  const fixture = { prefix: "ce-", contentTypeHeader: "content-type", percentEncoded: true, bind };
  for (const { name, run } of cloudEventsConformance(fixture)) it(name, run);
});
