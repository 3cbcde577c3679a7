import type { DeliveryFailure, Message, Sink } from "@alumiini/delivery";
import { afterEach, describe, expect, it } from "vitest";
import { type HttpSinkOptions, httpSink } from "../src/http.js";
import { cdevents } from "../src/index.js";
import { eventOf } from "./support/events.js";
import { accept, type Behaviour, startReceiver, type TestReceiver } from "./support/receiver.js";

const open: { stop(): unknown }[] = [];
afterEach(async () => {
  for (const { stop } of open.splice(0)) await stop();
});

interface Rejection {
  readonly message: Message;
  readonly reason: string;
  readonly error: string;
}

async function setUp(behave: Behaviour, options: Partial<HttpSinkOptions> = {}) {
  const receiver: TestReceiver = await startReceiver(behave);
  const failures: DeliveryFailure[] = [];
  const rejections: Rejection[] = [];
  const sink: Sink = httpSink({
    url: receiver.url,
    retry: { initialDelayMs: 1, maxDelayMs: 5 },
    onFailure: (failure) => failures.push(failure),
    onDeadLetter: (message, reason, error) => rejections.push({ message, reason, error: error.message }),
    ...options,
  });
  open.push({ stop: () => sink.close(AbortSignal.abort()) }, receiver);
  return { receiver, sink, failures, rejections };
}

const ids = ["A", "B", "C", "D"];
const events = ids.map((id) => ({ ...eventOf("worker_started"), id }));
const sentIds = ({ requests }: TestReceiver) => requests.map(({ headers }) => headers["ce-id"]);

/** Fails the first request so, and takes the others. */
const failingFirst =
  (fail: Behaviour): Behaviour =>
  (request, response, details) =>
    (details.index === 0 ? fail : accept)(request, response, details);

describe("is tried again, in order, after", () => {
  it.each<readonly [string, Behaviour]>([
    ["408", (_request, response) => void response.writeHead(408).end()],
    ["429", (_request, response) => void response.writeHead(429).end()],
    ["500", (_request, response) => void response.writeHead(500).end("out of order")],
    [
      "503 with a date to come back in the past",
      (_request, response) => void response.writeHead(503, { "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" }).end(),
    ],
    ["a connection that is reset", (_request, _response, { socket }) => void socket.resetAndDestroy()],
    ["a connection that closes before the status", (_request, _response, { socket }) => void socket.destroy()],
    [
      "a 500 whose body breaks off",
      (_request, response, { socket }) => {
        response.writeHead(500, { "content-length": "100" });
        response.write("half", () => socket.destroy());
      },
    ],
  ])("%s", async (_name, fail) => {
    const { receiver, sink } = await setUp(failingFirst(fail));
    for (const event of events) sink.handle(event);
    await sink.flush();
    expect(sentIds(receiver)).toEqual(["A", ...ids]);
    expect(sink.stats()).toMatchObject({ accepted: 4, delivered: 4, pending: 0, retries: 1 });
  });
});

it("is tried again, in order, after no answer in time", async () => {
  const { receiver, sink } = await setUp(
    failingFirst(() => undefined),
    { attemptTimeoutMs: 200 },
  );
  for (const event of events) sink.handle(event);
  await sink.flush();
  // On a slow machine others may be too late as well.
  const sent = sentIds(receiver);
  expect(sent.slice(0, 2)).toEqual(["A", "A"]);
  expect(sent.filter((id, index) => id !== sent[index - 1])).toEqual(ids);
  expect(sink.stats()).toMatchObject({ accepted: 4, delivered: 4, pending: 0 });
});

it("waits as long as Retry-After says", async () => {
  const times: number[] = [];
  const { sink } = await setUp((_request, response, { index }) => {
    times.push(performance.now());
    response.writeHead(index === 0 ? 429 : 200, { "retry-after": "1" }).end();
  });
  sink.handle(eventOf("worker_started"));
  await sink.flush();
  const [first = 0, second = 0] = times;
  // Timers may fire a millisecond early.
  expect(second - first).toBeGreaterThan(990);
});

describe("is delivered once, though", () => {
  it.each<readonly [string, Behaviour]>([
    [
      "the body of the 200 breaks off",
      (_request, response, { socket }) => {
        response.writeHead(200, { "content-length": "100" });
        response.write("half", () => socket.destroy());
      },
    ],
    [
      "the body of the 200 never ends",
      (_request, response) => {
        response.writeHead(200);
        response.write("and");
      },
    ],
    ["the body of the 200 is huge", (_request, response) => void response.writeHead(200).end("x".repeat(5_000_000))],
    ["the answer is slow", (_request, response) => void setTimeout(() => response.writeHead(202).end("taken"), 100)],
  ])("%s", async (_name, behave) => {
    const { receiver, sink } = await setUp(failingFirst(behave));
    for (const event of events) sink.handle(event);
    await sink.flush();
    expect(sentIds(receiver)).toEqual(ids);
    expect(sink.stats()).toMatchObject({ delivered: 4, retries: 0 });
  });
});

describe("goes to the dead letters, and nothing else waits, after", () => {
  it.each([400, 401, 403, 404, 410, 413, 415, 422, 301, 307])("%i", async (status) => {
    const { receiver, sink, rejections } = await setUp((request, response) => {
      if (request.headers["ce-id"] === "B") response.writeHead(status, { location: "/elsewhere" }).end("token=s3cr3t");
      else response.writeHead(204).end();
    });
    for (const event of events) sink.handle(event);
    await sink.flush();
    expect(sentIds(receiver)).toEqual(ids);
    expect(sink.stats()).toMatchObject({ delivered: 3, dropped: { rejected: 1 }, pending: 0 });
    expect(rejections).toHaveLength(1);
    expect(rejections[0]).toMatchObject({ reason: "rejected", message: { headers: { "ce-id": "B" } } });
    // The receiver may repeat what it was sent.
    expect(rejections[0]?.error).toBe(`the receiver answered ${status}: token=[redacted]`);
  });

  it("as many attempts as are allowed while other events pass", async () => {
    const behave: Behaviour = ({ headers }, response) =>
      void response.writeHead(headers["ce-id"] === "bad" ? 500 : 204).end();
    const { receiver, sink, rejections } = await setUp(behave, {
      retry: { initialDelayMs: 1, maxDelayMs: 1, maxAttempts: 3 },
    });
    sink.handle({ ...eventOf("worker_started"), id: "bad", repoName: "bad" });
    while (rejections.length === 0) {
      sink.handle({ ...eventOf("worker_started"), repoName: "good" });
      await expect.poll(() => sink.stats().pending, { interval: 5 }).toBeLessThan(2);
    }
    await sink.flush();
    const attempts = receiver.requests.filter(({ headers }) => headers["ce-id"] === "bad");
    expect(attempts.length).toBeGreaterThanOrEqual(3);
    expect(rejections[0]).toMatchObject({ reason: "attempts_exhausted" });
  });
});

it("a receiver that is down blocks nothing: the queue is bounded, drops are counted, close ends", async () => {
  const { receiver, sink } = await setUp(accept, { maxQueueMessages: 10 });
  await receiver.stop();
  for (let round = 0; round < 25; round++) sink.handle(eventOf("worker_started"));
  expect(sink.stats()).toMatchObject({ accepted: 25, pending: 10, dropped: { overflow: 15 } });
  await expect(sink.flush(AbortSignal.timeout(50))).rejects.toThrow();
  await sink.close(AbortSignal.abort());
  const { accepted, delivered, dropped, pending } = sink.stats();
  expect(delivered + pending + Object.values(dropped).reduce((sum, count) => sum + count, 0)).toBe(accepted);
});

it("stops at once when its signal aborts", async () => {
  const controller = new AbortController();
  const { receiver, sink } = await setUp(() => undefined, { signal: controller.signal });
  for (const event of events) sink.handle(event);
  await expect.poll(() => receiver.requests.length).toBe(1);
  controller.abort();
  await expect.poll(() => sink.stats().pending).toBe(0);
  expect(sink.stats()).toMatchObject({ delivered: 0, dropped: { closed: 4 } });
});

it("credentials in the URL are sent as a header and shown nowhere", async () => {
  const { receiver, sink, failures, rejections } = await setUp(
    (_request, response, { index }) => void response.writeHead(index === 0 ? 500 : 404).end(),
    { url: "http://unused.invalid" },
  );
  const url = receiver.url.replace("http://", "http://user:s3cr%40t@");
  const shown = httpSink({
    url,
    onFailure: (failure) => failures.push(failure),
    onDeadLetter: (message, reason, error) => rejections.push({ message, reason, error: error.message }),
    retry: { initialDelayMs: 1 },
  });
  open.unshift({ stop: () => shown.close(AbortSignal.abort()) });
  shown.handle(eventOf("worker_started"));
  await shown.flush();
  expect(receiver.requests[0]?.headers.authorization).toBe(`Basic ${btoa("user:s3cr@t")}`);
  const said = JSON.stringify([failures.map(({ message }) => message), rejections, shown.stats(), sink.stats()]);
  expect(rejections).toHaveLength(1);
  expect(said).not.toMatch(/s3cr/);
});

it.each(["", "not a url", "ftp://host/", "https://user:s3cret@", "//host"])(
  "the url %j is refused, and not shown",
  (url) => {
    expect(() => httpSink({ url })).toThrow('httpSink: option "url" is');
  },
);

it("an attribute that fits no header loses that event alone, and is not tried again and again", async () => {
  const encode = (event: { readonly id: string }) => [
    {
      specversion: "1.0",
      id: event.id,
      source: "/x",
      type: "t",
      ...(event.id === "B" && { "bad\r\nname": "v" }),
    } as const,
  ];
  const { receiver, sink } = await setUp(accept, { encode });
  for (const event of events) sink.handle(event);
  await sink.flush();
  expect(sentIds(receiver)).toEqual(["A", "C", "D"]);
  expect(sink.stats()).toMatchObject({ dropped: { encode_failed: 1 }, pending: 0 });
});

it("an encoder that throws loses that event alone", async () => {
  const encode = cdevents();
  const { receiver, sink } = await setUp(accept, {
    encode: (event) => {
      if (event.id === "B") throw new Error("no");
      return encode(event);
    },
  });
  for (const event of events) sink.handle(event);
  await sink.flush();
  expect(sentIds(receiver)).toEqual(["A", "C", "D"]);
  expect(sink.stats()).toMatchObject({ dropped: { encode_failed: 1 } });
});
