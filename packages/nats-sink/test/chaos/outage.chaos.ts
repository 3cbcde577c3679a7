import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTelemetry } from "@alumiini/core";
import { fileOutbox } from "@alumiini/outbox";
import { expectConserved } from "@alumiini-internal/test-support/sinks";
import { describe, expect, it } from "vitest";
import { natsSink } from "../../src/index.js";
import { startBroker } from "../broker.js";

const SECONDS = Number(process.env["CHAOS_SECONDS"] ?? 60);
const PER_SECOND = 5000;
const QUEUE = 10_000;
const MEBIBYTE = 1_048_576;

describe(`a server that is down for ${SECONDS} s at ${PER_SECOND} events a second`, () => {
  it.for([
    { name: "without an outbox", durable: false },
    { name: "with an outbox", durable: true },
  ])(
    "costs bounded memory, and every event is accounted for, $name",
    { timeout: 600_000 },
    async ({ durable }, context) => {
      const { server, read, url } = await startBroker(context);
      const directory = await mkdtemp(join(tmpdir(), "nats-outage-"));
      context.onTestFinished(() => rm(directory, { recursive: true, force: true }));
      await server.kill();
      const sink = natsSink({
        servers: url,
        maxQueueMessages: QUEUE,
        onFailure: () => {},
        ...(durable && { outbox: fileOutbox({ directory }) }),
      });
      const telemetry = createTelemetry({ clusterId: "outage" });
      telemetry.subscribe(sink);

      const memory = () => process.memoryUsage().rss / MEBIBYTE;
      const durations: number[] = [];
      let most = 0;
      const before = memory();
      const started = performance.now();
      const total = SECONDS * PER_SECOND;
      for (let emitted = 0; emitted < total; ) {
        const due = Math.min(total, ((performance.now() - started) / 1000) * PER_SECOND);
        for (; emitted < due; emitted++) {
          const repoName = `app-${emitted % 50}`;
          const from = performance.now();
          telemetry.emit("sync_completed", { repoName, namespace: "team", trigger: "poll", durationMs: emitted });
          durations.push(performance.now() - from);
        }
        most = Math.max(most, memory());
        await new Promise((resolve) => setTimeout(resolve, 2));
      }

      const kept = durable ? total : QUEUE;
      expect(sink.stats()).toMatchObject({ accepted: total, pending: kept, dropped: { overflow: total - kept } });
      expectConserved(sink);
      expect(sink.stats().queuedMessages).toBeLessThanOrEqual(QUEUE);
      expect(most - before).toBeLessThan(256);

      await server.restart();
      await sink.flush();
      expect(sink.stats()).toMatchObject({ delivered: kept, pending: 0 });
      expectConserved(sink);
      await telemetry.close();
      expect(new Set((await read()).map(({ id }) => id)).size).toBe(kept);

      durations.sort((a, b) => a - b);
      const at = (part: number) => ((durations[Math.floor(part * (total - 1))] ?? 0) * 1000).toFixed(1);
      process.stdout.write(
        `${durable ? "with" : "without"} an outbox: ${total} emitted, ${kept} kept, ${total - kept} dropped; emit p50 ${at(0.5)} µs, ` +
          `p99 ${at(0.99)} µs; resident memory ${Math.round(before)} MiB before, at most ${Math.round(most)} MiB\n`,
      );
    },
  );
});
