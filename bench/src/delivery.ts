/** What the delivery runtime costs: emitting while the receiver is down, memory for what waits, work for what leaves. */
import { parseArgs } from "node:util";
import { createTelemetry, type Subscriber } from "@alumiini/core";
import { createSink, type DeliveryOptions, eventMessages, type Sink, type Transport } from "@alumiini/delivery";
import { verifyThat } from "./benchmark.ts";
import { syncsInTurn } from "./events.ts";

const USAGE = `Measures the delivery runtime of sinks, without any broker.

  --seconds <n>   how long events are emitted while the receiver is down; default 20
  --rate <n>      events in a second; default 5000
  --help          this text

Ends with 1 when a target is missed: emit p99 under 50 µs, memory that does not grow once the queue is full.
`;

const P99_TARGET_US = 50;

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "20" },
    rate: { type: "string", default: "5000" },
    help: { type: "boolean", default: false },
  },
});

async function main(seconds: number, rate: number): Promise<void> {
  process.stdout.write(`Node ${process.version}\n`);
  await memoryPerEvent();
  await costOfDelivery();
  await nothingToDo(seconds, rate);
  for (const overflow of ["drop-newest", "drop-oldest"] as const) await receiverDown(seconds, rate, { overflow });
}

const unreachable: Transport = {
  connect: () => Promise.reject(new Error("connect ECONNREFUSED 127.0.0.1:4222")),
  send: () => Promise.reject(new Error("not connected")),
};

const instant: Transport = { send: async (batch) => batch.map(() => ({ status: "delivered" })) };

function sinkOver(transport: Transport, delivery: DeliveryOptions = {}): Sink {
  return createSink({ name: "bench", transport, messages: eventMessages(), onFailure: () => {}, ...delivery });
}

function attach(sink: Sink) {
  const telemetry = createTelemetry({ clusterId: "bench" });
  telemetry.subscribe(sink);
  return telemetry;
}

/** Heap and buffers in use after a collection, where the process was started with `--expose-gc`; else as it is. */
function memory(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function memoryPerEvent(): Promise<void> {
  const count = 50_000;
  const sink = sinkOver(unreachable, { maxQueueMessages: count, maxQueueBytes: 2 ** 30 });
  const telemetry = attach(sink);
  const sync = syncsInTurn();
  telemetry.emit("sync_completed", sync());
  const before = memory();
  for (let index = 1; index < count; index++) telemetry.emit("sync_completed", sync());
  const bytes = (memory() - before) / (count - 1);
  const { pending, queuedBytes } = sink.stats();
  verifyThat(pending === count, "every event waits");
  const own = queuedBytes / count;
  process.stdout.write(
    `memory per queued event: ${bytes.toFixed(0)} bytes, of which ${own.toFixed(0)} are the message itself` +
      `${globalThis.gc === undefined ? " (start with --expose-gc for an exact figure)" : ""}\n`,
  );
  await sink.close();
}

async function costOfDelivery(): Promise<void> {
  const sink = sinkOver(instant, { maxQueueMessages: 100_000 });
  const telemetry = attach(sink);
  const sync = syncsInTurn();
  const figures: { emit: number; total: number }[] = [];
  const count = 20_000;
  for (let round = 0; round < 9; round++) {
    const cpu = process.cpuUsage();
    const start = process.hrtime.bigint();
    for (let index = 0; index < count; index++) telemetry.emit("sync_completed", sync());
    const emitted = process.hrtime.bigint();
    await sink.flush();
    const used = process.cpuUsage(cpu);
    figures.push({ emit: Number(emitted - start) / count / 1000, total: (used.user + used.system) / count });
  }
  verifyThat(sink.stats().delivered === 9 * count, "every event was delivered");
  const median = (values: number[]) => values.sort((a, b) => a - b)[4] ?? Number.NaN;
  process.stdout.write(
    `emit, encode and queue: ${median(figures.map(({ emit }) => emit)).toFixed(2)} µs an event; ` +
      `until delivered: ${median(figures.map(({ total }) => total)).toFixed(2)} µs of CPU an event\n`,
  );
  await sink.close();
}

/** Emits at a steady rate; answers how long each `emit` took, in microseconds, ascending. */
async function emitSteadily(seconds: number, rate: number, subscriber: Subscriber, between = (_: number) => {}) {
  const telemetry = createTelemetry({ clusterId: "bench" });
  telemetry.subscribe(subscriber);
  const sync = syncsInTurn();
  const durations = new Float64Array(seconds * rate);
  const start = performance.now();
  for (let emitted = 0; emitted < durations.length; ) {
    const due = Math.min(durations.length, Math.floor(((performance.now() - start) / 1000) * rate));
    for (; emitted < due; emitted++) {
      const fields = sync();
      const before = process.hrtime.bigint();
      telemetry.emit("sync_completed", fields);
      durations[emitted] = Number(process.hrtime.bigint() - before) / 1000;
    }
    between(emitted);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return durations.sort();
}

function percentiles(sorted: Float64Array): string {
  const at = (part: number) => (sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN).toFixed(1);
  return `emit p50 ${at(0.5)} µs, p99 ${at(0.99)} µs, p99.9 ${at(0.999)} µs`;
}

async function nothingToDo(seconds: number, rate: number): Promise<void> {
  const durations = await emitSteadily(seconds, rate, { name: "no-op", handle() {} });
  process.stdout.write(`a subscriber that does nothing, ${rate} events/s: ${percentiles(durations)}\n`);
}

async function receiverDown(seconds: number, rate: number, delivery: DeliveryOptions): Promise<void> {
  const sink = sinkOver(unreachable, delivery);
  let atFull: { readonly bytes: number; readonly emitted: number } | undefined;
  const durations = await emitSteadily(seconds, rate, sink, (emitted) => {
    if (atFull === undefined && sink.stats().dropped.overflow > 0) atFull = { bytes: memory(), emitted };
  });
  const { accepted, pending, dropped } = sink.stats();
  const total = durations.length;
  verifyThat(accepted === total && dropped.overflow === total - pending, "every drop was counted");
  verifyThat(atFull !== undefined, "the queue was full; let it run for longer");
  const grown = (memory() - (atFull?.bytes ?? 0)) / 1024 / 1024;
  process.stdout.write(
    `receiver down for ${seconds} s at ${rate} events/s, ${delivery.overflow}: ${percentiles(durations)}; ` +
      `waiting ${pending}, dropped ${dropped.overflow} of ${accepted}; ` +
      `memory ${grown >= 0 ? "+" : ""}${grown.toFixed(1)} MiB over the last ${total - (atFull?.emitted ?? 0)} events\n`,
  );
  if ((durations[Math.floor(0.99 * (total - 1))] ?? Number.NaN) > P99_TARGET_US || grown > 16) process.exitCode = 1;
  await sink.close();
}

if (options.help) process.stdout.write(USAGE);
else await main(Number(options.seconds), Number(options.rate));
