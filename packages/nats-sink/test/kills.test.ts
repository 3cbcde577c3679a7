import { SEED, seeded } from "@alumiini-internal/test-support/seeded";
import { expectConserved, recordFailures } from "@alumiini-internal/test-support/sinks";
import { TcpProxy } from "@alumiini-internal/test-support/tcp-proxy";
import { emitTraffic } from "@alumiini-internal/test-support/traffic";
import { until } from "@alumiini-internal/test-support/until";
import { describe, expect, it } from "vitest";
import { natsSink } from "../src/index.js";
import { startBroker } from "./broker.js";
import { CLIENTS } from "./clients.js";
import { readIds } from "./support.js";

const EVENTS = 5000;

/** A connection that breaks while it is being made can leave a client waiting: 20 s, unless told otherwise. */
const RECONNECT = { timeout: 2000, reconnectTimeWait: 20, reconnectJitter: 10 };

describe.each(CLIENTS)(`with $name, seed ${SEED}`, ({ connect }) => {
  it("loses nothing and keeps the order while the server is killed and restarted", async (context) => {
    const broker = await startBroker(context);
    const random = seeded(SEED);
    const sink = natsSink({
      servers: broker.url,
      connect: (options) => connect({ ...options }),
      connectOptions: RECONNECT,
      stream: "EVENTS",
      onFailure: recordFailures().onFailure,
    });
    const emitting = emitTraffic(sink, EVENTS, random);
    for (const part of [0.2, 0.5, 0.8]) {
      await until(() => sink.stats().delivered > EVENTS * part);
      await broker.server.kill();
      expectConserved(sink);
      await broker.server.restart();
    }
    const emitted = await emitting;
    await sink.flush();
    expect(sink.stats()).toMatchObject({ accepted: EVENTS, delivered: EVENTS, pending: 0 });
    await sink.close();
    const stored = await broker.read();
    expect(readIds(stored)).toEqual(emitted);
    // Within the duplicate window nothing is stored twice either.
    expect(stored).toHaveLength(EVENTS);
  });

  it("loses nothing and keeps the order while the network is cut and slow", async (context) => {
    const broker = await startBroker(context);
    const proxy = await TcpProxy.start(broker.server.port);
    context.onTestFinished(() => proxy.stop());
    const random = seeded(SEED);
    const connection = await connect({
      servers: `nats://127.0.0.1:${proxy.port}`,
      maxReconnectAttempts: -1,
      ...RECONNECT,
    });
    const sink = natsSink({ connection, stream: "EVENTS", onFailure: recordFailures().onFailure });
    const emitting = emitTraffic(sink, EVENTS, random);
    for (const part of [0.1, 0.3, 0.5, 0.7, 0.9]) {
      await until(() => sink.stats().delivered > EVENTS * part);
      const refuse = random() < 0.5;
      const { refused } = proxy;
      proxy.delayMs = random() < 0.5 ? 5 : 0;
      proxy.cut({ refuse });
      if (refuse) await until(() => proxy.refused > refused);
      proxy.restore();
    }
    const emitted = await emitting;
    await sink.flush();
    expect(sink.stats()).toMatchObject({ accepted: EVENTS, delivered: EVENTS, pending: 0 });
    await sink.close();
    await connection.close();
    const stored = await broker.read();
    expect(readIds(stored)).toEqual(emitted);
    expect(stored).toHaveLength(EVENTS);
  });
});
