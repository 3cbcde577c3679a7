import { createTelemetry, type FailureReport, type TelemetryOptions } from "@alumiini/core";
import { type Attributes, context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { type OtelOptions, otelSubscriber, selectTemporality } from "../src/index.js";

export const base = { repoName: "my-app", namespace: "default", trigger: "poll" } as const;

/** As NodeSDK does at its start. */
export function useAsyncContext(): void {
  context.disable();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
}

/** Hands out what was recorded whenever it is asked. */
class Reader extends MetricReader {
  constructor() {
    super({ aggregationTemporalitySelector: selectTemporality });
  }

  override async onForceFlush() {}
  override async onShutdown() {}
}

/** One point of a metric, in short. */
export interface Point {
  readonly attributes: Attributes;
  /** Of a histogram: the number of values and their sum. */
  readonly value: number | { readonly count: number; readonly sum: number | undefined };
}

/** An SDK whose exporters keep everything in memory. */
export function memorySdk() {
  const spanExporter = new InMemorySpanExporter();
  const logExporter = new InMemoryLogRecordExporter();
  const reader = new Reader();
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spanExporter })] });
  const meterProvider = new MeterProvider({ readers: [reader] });
  const loggerProvider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter: logExporter })] });

  async function metrics() {
    const { resourceMetrics, errors } = await reader.collect();
    if (errors.length > 0) throw errors[0];
    return resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
  }

  return {
    tracerProvider,
    meterProvider,
    loggerProvider,
    spans: () => spanExporter.getFinishedSpans(),
    logs: () => logExporter.getFinishedLogRecords(),
    metrics,
    /** The points of one metric. */
    async points(name: string): Promise<Point[]> {
      const metric = (await metrics()).find(({ descriptor }) => descriptor.name === name);
      return (metric?.dataPoints ?? []).map(({ attributes, value }) => ({
        attributes,
        value: typeof value === "number" ? value : { count: value.count, sum: value.sum },
      }));
    },
  };
}

/** Telemetry with our subscriber on an SDK in memory. */
export function attachOtel(options: OtelOptions = {}, telemetryOptions: Partial<TelemetryOptions> = {}) {
  const sdk = memorySdk();
  const reports: FailureReport[] = [];
  const telemetry = createTelemetry({
    clusterId: "prod-us-east",
    onFailure: (report) => reports.push(report),
    ...telemetryOptions,
  });
  const { tracerProvider, meterProvider, loggerProvider } = sdk;
  const otel = otelSubscriber({ tracerProvider, meterProvider, loggerProvider, ...options });
  telemetry.subscribe(otel);
  return { ...sdk, telemetry, otel, reports };
}

/** The spans with their names' path from the root: `SYNC my-app > git fetch`. */
export function paths(spans: readonly ReadableSpan[]): string[] {
  const byId = new Map(spans.map((span) => [span.spanContext().spanId, span]));
  const pathOf = (span: ReadableSpan): string => {
    const parent = span.parentSpanContext && byId.get(span.parentSpanContext.spanId);
    return parent ? `${pathOf(parent)} > ${span.name}` : span.name;
  };
  return spans.map(pathOf);
}

/** The only one, or the first of several. */
export function first<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) throw new Error("there is none");
  return item;
}

/** A clock that stands still until a test moves it. */
export function stoppedClock() {
  const time = { now: Date.UTC(2024, 11, 16, 12), monotonic: 0 };
  return { time, clock: { now: () => time.now, monotonic: () => time.monotonic } };
}
