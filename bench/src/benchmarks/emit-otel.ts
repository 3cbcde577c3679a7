import { createTelemetry } from "@alumiini/core";
import { otelSubscriber } from "@alumiini/otel";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { type ReadableSpan, TracerProvider } from "@opentelemetry/sdk-trace";
import { type Benchmark, verifyThat } from "../benchmark.ts";
import { syncsInTurn } from "../events.ts";
import { instrumentByHand } from "./otel-by-hand.ts";

/** Makes the SDK aggregate, and answers what it has when asked. */
class Reader extends MetricReader {
  override async onForceFlush(): Promise<void> {}
  override async onShutdown(): Promise<void> {}
}

/** An SDK that records everything and exports nothing: the last span is kept, to be looked at. */
function createSdk() {
  let last: ReadableSpan | undefined;
  const tracerProvider = new TracerProvider({
    spanProcessors: [
      {
        onStart: () => {},
        onEnd: (span) => {
          last = span;
        },
        forceFlush: async () => {},
        shutdown: async () => {},
      },
    ],
  });
  const reader = new Reader();
  return {
    tracerProvider,
    meterProvider: new MeterProvider({ readers: [reader] }),
    /** The last span, without what differs from span to span. */
    lastSpan: () => {
      const attributes = Object.entries(last?.attributes ?? {}).map(([name, value]) => `${name}: ${typeof value}`);
      return JSON.stringify([last?.kind, attributes.sort()]);
    },
    /** All series: their metric, unit and attributes. */
    series: async () => {
      const { resourceMetrics } = await reader.collect();
      const metrics = resourceMetrics.scopeMetrics.flatMap(({ metrics: ofScope }) => ofScope);
      return metrics.flatMap(({ descriptor: { name, unit }, dataPoints }) =>
        dataPoints.map(({ attributes }) => JSON.stringify([name, unit, Object.entries(attributes).sort()])),
      );
    },
  };
}

/** What a finished sync costs: a span, three recordings, two gauges. The alternative is the same calls, written by hand. */
export function emitOtel(): Benchmark {
  const ours = createSdk();
  const telemetry = createTelemetry({ clusterId: "bench" });
  const { tracerProvider, meterProvider } = ours;
  telemetry.subscribe(otelSubscriber({ tracerProvider, meterProvider, signals: ["traces", "metrics"] }));
  const theirs = createSdk();
  const record = instrumentByHand(theirs);

  const ourSync = syncsInTurn();
  const theirSync = syncsInTurn();
  return {
    name: "emit-otel",
    title: "emit to an OpenTelemetry span and metrics",
    target: 1.15,
    ours: { name: "telemetry.emit", run: () => telemetry.emit("sync_completed", ourSync()) },
    alternative: { name: "startSpan, end, add, record by hand", run: () => record(theirSync()) },
    verify: async () => {
      const exported = new Set(await ours.series());
      const byHand = await theirs.series();
      // Beyond these, ours has what a first sync says, and gauges that stay at 0.
      verifyThat(byHand.length === 250 && byHand.every((series) => exported.has(series)), "both have the same series");
      verifyThat(ours.lastSpan() === theirs.lastSpan(), "both spans have the same attributes");
      const { accepted, delivered } = telemetry.stats().subscribers[0] ?? { accepted: 0, delivered: 0 };
      verifyThat(delivered > 0 && delivered === accepted, "every event was recorded");
    },
  };
}
