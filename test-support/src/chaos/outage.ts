import { createTelemetry } from "@alumiini/core";
import type { Sink } from "@alumiini/delivery";
import { expect } from "vitest";
import { expectConserved } from "../sinks.ts";

/** How long the receiver is down. */
export const OUTAGE_SECONDS = Number(process.env["CHAOS_SECONDS"] ?? 60);
/** How many events are emitted in each of them. */
export const EVENTS_PER_SECOND = 5000;
/** What the sink may hold in memory. */
export const QUEUE_MESSAGES = 10_000;

/** For `it.for`. */
export const WITH_AND_WITHOUT_OUTBOX = [
  { name: "without an outbox", durable: false },
  { name: "with an outbox", durable: true },
];

const MEBIBYTE = 1_048_576;
/** Far more than the queue may hold, far less than everything that is emitted. */
const MOST_GROWTH_MIB = 256;

/** A sink whose receiver is down, and the receiver. */
export interface Outage {
  /** Made with `maxQueueMessages` of {@link QUEUE_MESSAGES}. */
  readonly sink: Sink;
  /** Whether it has an outbox. */
  readonly durable: boolean;
  /** Brings the receiver back. */
  restart(): Promise<void>;
  /** The ids of the messages that the receiver holds in the end. */
  read(): Promise<Iterable<string>>;
}

/**
 * Emits into the sink throughout the outage, and checks that memory stays bounded, that every event is accounted for, and
 * that what was kept arrives once the receiver is back. Returns what it cost, in words.
 */
export async function endureOutage({ sink, durable, restart, read }: Outage): Promise<string> {
  const telemetry = createTelemetry({ clusterId: "outage" });
  telemetry.subscribe(sink);
  const memory = () => process.memoryUsage().rss / MEBIBYTE;
  const total = OUTAGE_SECONDS * EVENTS_PER_SECOND;
  const durations: number[] = [];
  // The first after each pause finds the processor's caches filled with something else.
  const warm: number[] = [];
  const before = memory();
  let most = before;
  const started = performance.now();
  for (let emitted = 0; emitted < total; ) {
    const due = Math.min(total, ((performance.now() - started) / 1000) * EVENTS_PER_SECOND);
    for (let first = true; emitted < due; emitted++, first = false) {
      const repoName = `app-${emitted % 50}`;
      const from = performance.now();
      telemetry.emit("sync_completed", { repoName, namespace: "team", trigger: "poll", durationMs: emitted });
      const duration = performance.now() - from;
      durations.push(duration);
      if (!first) warm.push(duration);
    }
    most = Math.max(most, memory());
    await new Promise((resolve) => setTimeout(resolve, 2));
  }

  const kept = durable ? total : QUEUE_MESSAGES;
  expect(sink.stats()).toMatchObject({ accepted: total, pending: kept, dropped: { overflow: total - kept } });
  expectConserved(sink);
  expect(sink.stats().queuedMessages).toBeLessThanOrEqual(QUEUE_MESSAGES);
  expect(most - before).toBeLessThan(MOST_GROWTH_MIB);

  await restart();
  await sink.flush();
  expect(sink.stats()).toMatchObject({ delivered: kept, pending: 0 });
  expectConserved(sink);
  await telemetry.close();
  expect(new Set(await read()).size).toBe(kept);

  const at = (part: number, of: number[]) =>
    ((of.sort((a, b) => a - b)[Math.floor(part * (of.length - 1))] ?? 0) * 1000).toFixed(1);
  return (
    `${durable ? "with" : "without"} an outbox: ${total} emitted, ${kept} kept, ${total - kept} dropped; ` +
    `emit p50 ${at(0.5, durations)} µs, p99 ${at(0.99, durations)} µs, ` +
    `p99 of all but the first after each pause ${at(0.99, warm)} µs; ` +
    `resident memory ${Math.round(before)} MiB before, at most ${Math.round(most)} MiB`
  );
}
