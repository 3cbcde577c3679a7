import { createTelemetry } from "@alumiini/core";
import { otelSubscriber } from "@alumiini/otel";
import { ROOT_CONTEXT, SpanKind } from "@opentelemetry/api";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { type ReadableSpan, TracerProvider } from "@opentelemetry/sdk-trace";
import { type Benchmark, verifyThat } from "../benchmark.ts";
import { syncsInTurn } from "../events.ts";

const BOUNDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

/** Makes the SDK aggregate; what it aggregates is never asked for. */
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
  const keys = () =>
    Object.keys(last?.attributes ?? {})
      .sort()
      .join();
  return { tracerProvider, meterProvider: new MeterProvider({ readers: [new Reader()] }), keys };
}

/** What a finished sync costs: a span and three recordings. The alternative is the same calls, written by hand. */
export function emitOtel(): Benchmark {
  const ours = createSdk();
  const telemetry = createTelemetry({ clusterId: "bench" });
  telemetry.subscribe(otelSubscriber({ ...ours, signals: ["traces", "metrics"] }));

  const theirs = createSdk();
  const tracer = theirs.tracerProvider.getTracer("bench");
  const meter = theirs.meterProvider.getMeter("bench");
  const advice = { explicitBucketBoundaries: BOUNDS };
  const syncs = meter.createCounter("syncs", { unit: "{sync}" });
  const syncDuration = meter.createHistogram("sync.duration", { unit: "s", advice });
  const runDuration = meter.createHistogram("cicd.pipeline.run.duration", { unit: "s", advice });

  const ourSync = syncsInTurn();
  const theirSync = syncsInTurn();
  return {
    name: "emit-otel",
    title: "emit to an OpenTelemetry span and metrics",
    target: 1.15,
    ours: { name: "telemetry.emit", run: () => telemetry.emit("sync_completed", ourSync()) },
    alternative: {
      name: "startSpan, end, add, record by hand",
      run: () => {
        const { repoName, namespace, trigger, durationMs, resourcesApplied, commit, branch } = theirSync();
        const now = Date.now();
        const span = tracer.startSpan(
          `SYNC ${repoName}`,
          {
            kind: SpanKind.SERVER,
            startTime: new Date(now - durationMs),
            attributes: {
              "alumiini.event.id": "01JF7Z3J8Q0000000000000000",
              "alumiini.event.type": "sync_completed",
              "alumiini.event.outcome": "success",
              "k8s.cluster.name": "bench",
              "alumiini.repo.name": repoName,
              "alumiini.repo.namespace": namespace,
              "alumiini.repo.branch": branch,
              "alumiini.repo.commit": commit,
              "alumiini.sync.trigger": trigger,
              "alumiini.sync.duration_ms": durationMs,
              "alumiini.sync.resources_applied": resourcesApplied,
              "cicd.pipeline.action.name": "SYNC",
              "cicd.pipeline.name": repoName,
              "cicd.pipeline.result": "success",
              "vcs.ref.head.name": branch,
              "vcs.ref.head.revision": commit,
              "vcs.ref.type": "branch",
            },
          },
          ROOT_CONTEXT,
        );
        span.end(new Date(now));
        const repository = { "alumiini.repo.name": repoName, "alumiini.sync.trigger": trigger };
        syncs.add(1, { ...repository, "alumiini.event.outcome": "success" });
        syncDuration.record(durationMs / 1000, repository);
        runDuration.record(durationMs / 1000, {
          "cicd.pipeline.name": repoName,
          "cicd.pipeline.run.state": "executing",
          "cicd.pipeline.result": "success",
        });
      },
    },
    verify: () => {
      verifyThat(ours.keys() === theirs.keys(), "both spans have the same attributes");
      const { accepted, delivered } = telemetry.stats().subscribers[0] ?? { accepted: 0, delivered: 0 };
      verifyThat(delivered > 0 && delivered === accepted, "every event was recorded");
    },
  };
}
