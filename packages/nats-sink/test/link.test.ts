import { freePort } from "@alumiini-internal/test-support/ports";
import { recordFailures } from "@alumiini-internal/test-support/sinks";
import { TcpProxy } from "@alumiini-internal/test-support/tcp-proxy";
import { until } from "@alumiini-internal/test-support/until";
import { describe, expect, it } from "vitest";
import { natsSink } from "../src/index.js";
import { startBroker } from "./broker.js";
import { CLIENTS } from "./clients.js";
import { eventWith } from "./support.js";

describe.each(CLIENTS)("the link of natsSink with $name", ({ connect }) => {
  it("is seen to be down while idle, with address and cause, and to be back, without an event", async (context) => {
    const broker = await startBroker(context);
    const { messages, onFailure } = recordFailures();
    const sink = natsSink({ servers: broker.url, connect: (options) => connect({ ...options }), onFailure });
    await sink.ready();
    expect(sink.stats()).toMatchObject({ connected: true });
    await broker.server.kill();
    await until(() => messages.length > 0);
    expect(sink.stats()).toMatchObject({ connected: false, circuit: "open", lastError: expect.any(String) });
    expect(messages[0]).toContain(`no connection to NATS at ${broker.url}`);
    // Of the connection that broke, or of the first try to make another.
    expect(messages[0]).toMatch(/REFUSED|RESET/);
    // One fault, whatever the number of repositories.
    for (let id = 0; id < 20; id++) sink.handle(eventWith({ id: `${id}`, repoName: `app-${id}` }));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(messages).toHaveLength(1);
    await broker.server.restart();
    await until(() => sink.stats().connected);
    await sink.flush();
    expect(await broker.read()).toHaveLength(20);
    await sink.close();
  });

  it("is seen to be down where the network swallows packets", async (context) => {
    const broker = await startBroker(context);
    const proxy = await TcpProxy.start(broker.server.port);
    context.onTestFinished(() => proxy.stop());
    const { onFailure } = recordFailures();
    const sink = natsSink({
      servers: `nats://127.0.0.1:${proxy.port}`,
      connect: (options) => connect({ ...options }),
      onFailure,
    });
    await sink.ready();
    proxy.silent = true;
    await until(() => !sink.stats().connected);
    proxy.silent = false;
    await until(() => sink.stats().connected);
    await sink.close();
  });

  it("of a connection that is given is followed too", async (context) => {
    const broker = await startBroker(context);
    const connection = await connect({ servers: broker.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    const { messages, onFailure } = recordFailures();
    const sink = natsSink({ connection, onFailure });
    await sink.ready();
    await broker.server.kill();
    await until(() => messages.length > 0);
    expect(sink.stats().connected).toBe(false);
    expect(messages[0]).toContain(`127.0.0.1:${broker.server.port} was lost`);
    await broker.server.restart();
    await until(() => sink.stats().connected);
    await sink.close();
    await connection.close();
  });

  it("is opened anew to the second server where the first is dead for good", async (context) => {
    const broker = await startBroker(context);
    const servers = [`nats://127.0.0.1:${await freePort()}`, broker.url];
    const { onFailure } = recordFailures();
    const sink = natsSink({ servers, connect: (options) => connect({ ...options }), onFailure });
    await sink.ready();
    for (let round = 0; round < 5; round++) {
      await broker.server.kill();
      sink.handle(eventWith({ id: `${round}` }));
      await until(() => !sink.stats().connected);
      await broker.server.restart();
      await sink.flush();
    }
    expect((await broker.read()).map(({ id }) => id)).toEqual(["0", "1", "2", "3", "4"]);
    await sink.close();
  });
});
