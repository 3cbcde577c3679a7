import { sampleEvents } from "@alumiini/core/testing";
import { recordFailures } from "@alumiini-internal/test-support/sinks";
import { TcpProxy } from "@alumiini-internal/test-support/tcp-proxy";
import { describe, expect, it } from "vitest";
import { natsSink } from "../src/index.js";
import { startBroker } from "./broker.js";
import { CLIENTS } from "./clients.js";

describe.each(CLIENTS)("on a link slower than the attempt's timeout, with $name", ({ connect }) => {
  it("gets everything through, by the acknowledgements that come late", async (context) => {
    const broker = await startBroker(context);
    const proxy = await TcpProxy.start(broker.server.port);
    context.onTestFinished(() => proxy.stop());
    const connection = await connect({ servers: `nats://127.0.0.1:${proxy.port}` });
    const { messages, onFailure } = recordFailures();
    const sink = natsSink({ connection, attemptTimeoutMs: 100, retry: { maxDelayMs: 50 }, onFailure });
    await sink.ready();
    // There and back takes three times as long as an attempt may.
    proxy.delayMs = 150;
    for (const event of sampleEvents()) sink.handle(event);
    await sink.flush();
    expect(sink.stats()).toMatchObject({ delivered: sampleEvents().length, pending: 0 });
    expect(messages.join()).toContain("no answer within 100 ms");
    proxy.delayMs = 0;
    await sink.close();
    await connection.close();
    expect(await broker.read()).toHaveLength(sampleEvents().length);
  });
});
