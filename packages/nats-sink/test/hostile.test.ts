import { sampleEvents } from "@alumiini/core/testing";
import { freePort } from "@alumiini-internal/test-support/ports";
import { expectConserved, recordFailures } from "@alumiini-internal/test-support/sinks";
import { until } from "@alumiini-internal/test-support/until";
import { jetstreamManager } from "@nats-io/jetstream";
import { describe, expect, it } from "vitest";
import { ensureStream, natsSink } from "../src/index.js";
import { startBroker } from "./broker.js";
import { CLIENTS } from "./clients.js";
import { eventWith } from "./support.js";

/** Two users: one for the test itself, and one with permissions for the sink. */
const permissions = (rules: string) =>
  `authorization: { users: [{ user: admin, password: a }, { user: me, password: m, permissions: { ${rules} } }] }`;
const retry = { maxDelayMs: 100 };
const EVENTS = sampleEvents();

describe.each(CLIENTS)("natsSink with $name", ({ connect }) => {
  /** Opens connections as `servers` would with this client, and counts them. */
  function countingConnect() {
    const attempts = { count: 0, connect: (options: object) => connect({ ...options, reconnectTimeWait: 20 }) };
    return {
      attempts,
      connect: (options: object) => {
        attempts.count++;
        return attempts.connect(options);
      },
    };
  }

  it("says once that nothing listens at the URL, without the password in it", async () => {
    const { messages, onFailure } = recordFailures();
    const { attempts, connect } = countingConnect();
    const port = await freePort();
    const sink = natsSink({ servers: `nats://me:s3cret@127.0.0.1:${port}`, connect, retry, onFailure });
    await until(() => attempts.count >= 4);
    expect(messages).toHaveLength(1);
    expect(messages[0]).toContain(`no connection to NATS at nats://127.0.0.1:${port}`);
    expect(JSON.stringify([messages, sink.stats()])).not.toContain("s3cret");
    await sink.close();
  });

  it("says once that the credentials are refused, and delivers when they are not any more", async (context) => {
    const login = { user: "me", pass: "right" };
    const configuration = (pass: string) => `authorization: { user: me, password: ${pass} }`;
    const broker = await startBroker(context, { configuration: configuration("right"), login });
    const { messages, onFailure } = recordFailures();
    const { attempts, connect } = countingConnect();
    const servers = broker.url.replace("//", "//me:right@");
    const sink = natsSink({ servers, connect, retry, onFailure });
    await sink.ready();
    // Wrong from now on: the clients give up for good after two refusals.
    await broker.server.configure(configuration("wrong"));
    await broker.server.kill();
    await broker.server.restart();
    for (const event of EVENTS) sink.handle(event);
    await until(() => attempts.count >= 4);
    // The refused connection was reported first, as one that does not answer; what stands now is in the stats.
    await until(() => sink.stats().lastError?.includes("the server refuses the credentials"));
    expect(messages.join() + sink.stats().lastError).not.toMatch(/me:right|password/);
    await broker.server.configure(configuration("right"));
    await broker.server.kill();
    await broker.server.restart();
    await sink.flush();
    expect(await broker.read()).toHaveLength(EVENTS.length);
    await sink.close();
  });

  it("says that no stream takes the subject, and delivers when there is one", async (context) => {
    const broker = await startBroker(context, { subjects: [] });
    const connection = await connect({ servers: broker.url });
    const { messages, onFailure } = recordFailures();
    const sink = natsSink({ connection, stream: "EVENTS", retry, onFailure });
    for (const event of EVENTS) sink.handle(event);
    await until(() => messages.length > 0);
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatch(/stream EVENTS .* create one with ensureStream/);
    expect(sink.stats()).toMatchObject({ pending: EVENTS.length });
    await ensureStream(broker.admin, { name: "EVENTS", replicas: 1 });
    await sink.flush();
    expect(await broker.read()).toHaveLength(EVENTS.length);
    await sink.close();
    await connection.close();
  });

  it("says that the subject belongs to another stream, and stores nothing there", async (context) => {
    const broker = await startBroker(context);
    const connection = await connect({ servers: broker.url });
    const { messages, onFailure } = recordFailures();
    const sink = natsSink({ connection, stream: "OTHER", retry, onFailure });
    sink.handle(eventWith());
    await until(() => messages.length > 0);
    expect(messages[0]).toContain("belongs to another stream than OTHER");
    expect(await broker.read()).toEqual([]);
    await sink.close(AbortSignal.timeout(100));
    await connection.close();
  });

  it("gives up what the server or the stream finds too large, and delivers the rest", async (context) => {
    const broker = await startBroker(context, { configuration: "max_payload: 4000" });
    const streams = (await jetstreamManager(broker.admin)).streams;
    await streams.update("EVENTS", { max_msg_size: 2000 });
    const connection = await connect({ servers: broker.url });
    const dead: string[] = [];
    const sink = natsSink({
      connection,
      onFailure: () => {},
      onDeadLetter: ({ id }, reason, error) => dead.push(`${id} ${reason}: ${error.message}`),
    });
    const sizes = { small: 10, larger: 2000, largest: 4000, last: 10 };
    for (const [id, size] of Object.entries(sizes)) {
      sink.handle({ ...eventWith({ id }), attributes: { text: "x".repeat(size) } });
    }
    await sink.flush();
    expect(dead).toEqual([
      expect.stringMatching(/^larger rejected: JetStream refuses the message for its size/),
      expect.stringMatching(/^largest rejected: the message has \d+ bytes, the server's max_payload is 4000/),
    ]);
    expect((await broker.read()).map(({ id }) => id)).toEqual(["small", "last"]);
    expect(sink.stats()).toMatchObject({ delivered: 2, pending: 0, dropped: { rejected: 2 } });
    expectConserved(sink);
    await sink.close();
    await connection.close();
  });

  it("says that publishing is denied, and delivers when it is not any more", async (context) => {
    const login = { user: "admin", pass: "a" };
    const broker = await startBroker(context, { configuration: permissions('publish: { deny: "alumiini.>" }'), login });
    const connection = await connect({ servers: broker.url, user: "me", pass: "m", maxReconnectAttempts: -1 });
    const recorded = (["jetstream", "core"] as const).map((mode) => {
      const { messages, onFailure } = recordFailures();
      const sink = natsSink({ connection, name: mode, mode, retry, onFailure });
      for (const event of EVENTS) sink.handle(event);
      return { messages, sink };
    });
    for (const { messages, sink } of recorded) {
      await until(() => messages.length > 0);
      expect(messages[0]).toContain("the NATS server does not allow publishing to alumiini.events.prod-us-east.");
      expect(messages[0]).toContain("allow it to this user");
      expect(sink.stats()).toMatchObject({ delivered: 0, pending: EVENTS.length });
    }
    await broker.server.configure(permissions(""));
    broker.server.reload();
    for (const { sink } of recorded) {
      await sink.flush();
      await sink.close();
    }
    // Both have sent the same ids.
    expect(await broker.read()).toHaveLength(EVENTS.length);
    await connection.close();
  });

  it("says that acknowledgements can't arrive, and delivers with a prefix where they can", async (context) => {
    const login = { user: "admin", pass: "a" };
    const configuration = permissions('subscribe: { allow: "acks.>" }');
    const broker = await startBroker(context, { configuration, login });
    const connection = await connect({ servers: broker.url, user: "me", pass: "m" });
    const { messages, onFailure } = recordFailures();
    const denied = natsSink({ connection, retry, onFailure });
    await until(() => messages.length > 0);
    expect(messages[0]).toContain("does not allow subscribing to _INBOX.");
    expect(messages[0]).toContain("set `inboxPrefix` to what is allowed");
    await denied.close();
    const allowed = natsSink({ connection, retry, inboxPrefix: "acks.me", onFailure });
    for (const event of EVENTS) allowed.handle(event);
    await allowed.flush();
    expect(await broker.read()).toHaveLength(EVENTS.length);
    await allowed.close();
    await connection.close();
  });

  it("waits for room where the stream is full", async (context) => {
    const broker = await startBroker(context);
    const { streams } = await jetstreamManager(broker.admin);
    await streams.update("EVENTS", { max_msgs: 5 });
    const connection = await connect({ servers: broker.url });
    const { messages, onFailure } = recordFailures();
    const sink = natsSink({ connection, retry, onFailure });
    for (let index = 0; index < 10; index++) sink.handle(eventWith({ id: `${index}` }));
    await until(() => messages.length > 0);
    expect(messages[0]).toContain("takes no more: maximum messages exceeded (10077); raise its limits");
    await streams.update("EVENTS", { max_msgs: -1 });
    await sink.flush();
    expect((await broker.read()).map(({ id }) => id)).toEqual(Array.from({ length: 10 }, (_, index) => `${index}`));
    await sink.close();
    await connection.close();
  });

  it("takes no answer of anyone else for an acknowledgement", async (context) => {
    const broker = await startBroker(context, { subjects: [] });
    const answering = broker.admin.subscribe("alumiini.>", {
      callback: (_, message) => {
        message.respond("ok");
      },
    });
    await broker.admin.flush();
    const connection = await connect({ servers: broker.url });
    const { messages, onFailure } = recordFailures();
    const sink = natsSink({ connection, retry, onFailure });
    sink.handle(eventWith());
    // That no stream takes the subjects is reported before.
    await until(() => sink.stats().lastError?.includes("the responder on alumiini.events."));
    expect(messages).toHaveLength(1);
    expect(sink.stats()).toMatchObject({ delivered: 0, pending: 1 });
    answering.unsubscribe();
    await sink.close(AbortSignal.timeout(100));
    await connection.close();
  });

  it("refuses hostile subjects without harm to the connection that it shares", async (context) => {
    const broker = await startBroker(context);
    const connection = await connect({ servers: broker.url });
    let interruptions = 0;
    void (async () => {
      for await (const { type } of connection.status()) if (type === "disconnect") interruptions++;
    })();
    const hostile = [
      "a b",
      "a\r\nPUB x 0\r\n\r\n",
      "$JS.API.STREAM.DELETE.EVENTS",
      "a..b",
      "a.>",
      "",
      "x".repeat(5000),
    ];
    const sink = natsSink({
      connection,
      onFailure: () => {},
      subject: ({ id }) => hostile[Number(id)] ?? "alumiini.events.fine",
    });
    for (let id = 0; id <= hostile.length; id++) sink.handle(eventWith({ id: String(id) }));
    await sink.flush();
    expect(sink.stats()).toMatchObject({ delivered: 1, dropped: { rejected: hostile.length }, pending: 0 });
    await connection.flush();
    expect((await broker.read()).map(({ id }) => id)).toEqual([String(hostile.length)]);
    expect(interruptions).toBe(0);
    await sink.close();
    await connection.close();
  });
});

describe.each(CLIENTS)("before the first event, natsSink with $name", ({ connect }) => {
  it.for([
    ["no stream takes the default subjects", [], undefined, undefined, "no stream takes alumiini.events.>"],
    ["no stream takes the fixed subject", ["alumiini.events.>"], "elsewhere", undefined, "no stream takes elsewhere"],
    ["another stream does", ["alumiini.events.>"], undefined, "OTHER", "belongs to another stream than OTHER"],
  ] as const)("says that %s", async ([, subjects, subject, stream, expected], context) => {
    const broker = await startBroker(context, { subjects });
    const { messages, onFailure } = recordFailures();
    const servers = broker.url;
    const sink = natsSink({ servers, connect: (options) => connect({ ...options }), subject, stream, onFailure });
    await until(() => messages.length > 0);
    expect(messages).toEqual([expect.stringContaining(expected)]);
    await sink.close();
  });
});
