import { createTelemetry, type FailureReport } from "@alumiini/core";
import { context, logs, metrics, propagation, trace } from "@opentelemetry/api";
import { InMemoryLogRecordExporter, LoggerProvider } from "@opentelemetry/sdk-logs";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { contextFor, type OtelOptions, otelSubscriber } from "../src/index.js";
import { attachOtel, base, memorySdk, useAsyncContext } from "./support.js";

const REGISTRY = Symbol.for("opentelemetry.js.api.1");

beforeAll(useAsyncContext);
afterEach(() => {
  trace.disable();
  metrics.disable();
  logs.disable();
});

/** Telemetry with a subscriber that finds its providers by itself. */
function attachGlobal(options: OtelOptions = {}) {
  const reports: FailureReport[] = [];
  const telemetry = createTelemetry({ clusterId: "c", onFailure: (report) => reports.push(report) });
  const otel = otelSubscriber(options);
  telemetry.subscribe(otel);
  return { telemetry, otel, reports };
}

describe("without a provider", () => {
  it("nothing happens: no ids, no context, no failures", async () => {
    const { telemetry, otel, reports } = attachGlobal();
    const ids: unknown[] = [];
    telemetry.subscribe({ name: "ids", handle: ({ traceId, spanId }) => void ids.push(traceId, spanId) });
    await telemetry.run("sync", base, async (sync) => {
      expect(contextFor(sync)).toBe(context.active());
      telemetry.emit("worker_started", base);
      telemetry.measure("worker_count", { count: 1 });
    });
    await telemetry.close();
    expect(new Set(ids)).toEqual(new Set([undefined]));
    expect(reports).toEqual([]);
    expect(otel.stats()).toEqual({ openSpans: 0, orphans: 0, replays: 0, late: 0, droppedLinks: 0 });
  });

  it("nothing is registered, and with one neither", async () => {
    attachGlobal().telemetry.emit("worker_started", base);
    attachOtel().telemetry.emit("worker_started", base);
    const registry: unknown = Reflect.get(globalThis, REGISTRY);
    expect(registry).not.toHaveProperty("trace");
    expect(registry).not.toHaveProperty("metrics");
    expect(registry).not.toHaveProperty("logs");
  });
});

describe("the global providers", () => {
  it("are found, also when they are registered after the subscriber was made and used", async () => {
    const { telemetry } = attachGlobal();
    telemetry.run("sync", base, () => telemetry.emit("worker_started", base));
    const sdk = memorySdk();
    trace.setGlobalTracerProvider(sdk.tracerProvider);
    metrics.setGlobalMeterProvider(sdk.meterProvider);
    logs.setGlobalLoggerProvider(sdk.loggerProvider);
    telemetry.run("sync", base, () => telemetry.emit("worker_started", base));
    expect(sdk.spans()).toHaveLength(1);
    expect(sdk.logs()).toHaveLength(1);
    expect(await sdk.points("alumiini.syncs")).toMatchObject([{ value: 1 }]);
  });

  it("of logs are found where another copy of the Logs API left them, as before API 1.10, and no longer than that", () => {
    const { telemetry, reports } = attachGlobal();
    const sdk = memorySdk();
    const key = Symbol.for("io.opentelemetry.js.api.logs");
    const getProvider = (version: number) => (version === 1 ? sdk.loggerProvider : undefined);
    try {
      telemetry.emit("worker_started", base);
      Reflect.set(globalThis, key, getProvider);
      for (let count = 0; count < 2000; count++) telemetry.emit("worker_started", base);
    } finally {
      Reflect.deleteProperty(globalThis, key);
    }
    telemetry.emit("worker_started", base);
    expect(sdk.logs()).toHaveLength(2000);
    expect(reports).toEqual([]);
  });

  it("are flushed", async () => {
    const sdk = memorySdk();
    const flushes = [sdk.tracerProvider, sdk.meterProvider, sdk.loggerProvider].map((provider) =>
      vi.spyOn(provider, "forceFlush"),
    );
    trace.setGlobalTracerProvider(sdk.tracerProvider);
    metrics.setGlobalMeterProvider(sdk.meterProvider);
    logs.setGlobalLoggerProvider(sdk.loggerProvider);
    await attachGlobal().telemetry.flush();
    for (const flush of flushes) expect(flush).toHaveBeenCalledTimes(1);
  });

  it("give way to those that are passed in", () => {
    const sdk = memorySdk();
    trace.setGlobalTracerProvider(sdk.tracerProvider);
    const { telemetry, spans } = attachOtel();
    telemetry.start("sync", base).complete();
    expect([sdk.spans().length, spans().length]).toEqual([0, 1]);
  });
});

describe("signals", () => {
  it.each([
    [["traces"], [1, 0, 0]],
    [["metrics"], [0, 1, 0]],
    [["logs"], [0, 0, 1]],
    [[], [0, 0, 0]],
  ] as const)("%j makes nothing else", async (signals, expected) => {
    const { telemetry, spans, logs: records, metrics: all } = attachOtel({ signals });
    telemetry.start("sync", base).fail({ errorType: "git_error" });
    expect([spans().length, Math.min(1, (await all()).length), records().length]).toEqual(expected);
  });
});

describe("an SDK that was registered with another API", () => {
  it("fails the first event with what to do, where everything would be lost", () => {
    const found: unknown = Reflect.get(globalThis, REGISTRY);
    const sdk = memorySdk();
    Reflect.set(globalThis, REGISTRY, { version: "1.4.1", trace: sdk.tracerProvider, metrics: sdk.meterProvider });
    try {
      const { telemetry, reports } = attachGlobal();
      for (let count = 0; count < 3; count++) telemetry.emit("worker_started", base);
      expect(reports).toMatchObject([{ kind: "subscriber_failed", subscriber: "otel" }]);
      const [report] = reports;
      expect(report && "error" in report && String(report.error)).toMatch(/api 1\.4\.1.*pass otelSubscriber your/);
      const injected = attachOtel();
      injected.telemetry.emit("worker_started", base);
      expect(injected.reports).toEqual([]);
    } finally {
      Reflect.set(globalThis, REGISTRY, found);
    }
  });
});

describe("flush", () => {
  it("ends when its time is up, though the backend hangs", async () => {
    const exporter = new InMemoryLogRecordExporter();
    const loggerProvider = new LoggerProvider();
    vi.spyOn(loggerProvider, "forceFlush").mockReturnValue(new Promise<void>(() => {}));
    const { telemetry } = attachOtel({ loggerProvider });
    await expect(telemetry.flush({ timeoutMs: 20 })).rejects.toThrow('flush of "otel"');
    await exporter.shutdown();
  });

  it("says what the SDK could not send", async () => {
    const { telemetry, tracerProvider } = attachOtel();
    vi.spyOn(tracerProvider, "forceFlush").mockRejectedValue(new Error("no backend"));
    await expect(telemetry.flush()).rejects.toThrow("no backend");
  });
});

describe("an SDK that fails", () => {
  it("has all signals flushed, though one is refused at once", async () => {
    const { telemetry, tracerProvider, meterProvider } = attachOtel();
    let isFlushed = false;
    vi.spyOn(tracerProvider, "forceFlush").mockRejectedValue(new Error("no backend"));
    vi.spyOn(meterProvider, "forceFlush").mockImplementation(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      isFlushed = true;
    });
    await expect(telemetry.flush()).rejects.toThrow("no backend");
    expect(isFlushed).toBe(true);
  });

  it("leaves nothing unhandled where the time was up before the flush", async () => {
    const { otel, tracerProvider } = attachOtel();
    vi.spyOn(tracerProvider, "forceFlush").mockRejectedValue(new Error("no backend"));
    // An unhandled rejection would fail this run.
    await expect(otel.flush?.(AbortSignal.abort(new Error("late")))).rejects.toThrow("late");
  });

  it("loses what it throws at, and no metric", async () => {
    const broken = () => {
      throw new Error("a processor of the user's");
    };
    const { telemetry, points, reports } = attachOtel(
      { tracerProvider: { getTracer: () => ({ startSpan: broken, startActiveSpan: broken }) } },
      { maxConsecutiveFailures: 1000 },
    );
    await telemetry.run("sync", base, (sync) => sync.run("git", { operation: "fetch" }, async () => {}));
    expect(await points("alumiini.syncs")).toMatchObject([{ value: 1 }]);
    expect(await points("alumiini.git.operations")).toMatchObject([{ value: 1 }]);
    expect(new Set(reports.map(({ kind }) => kind))).toEqual(new Set(["subscriber_failed"]));
  });
});

describe("propagation", () => {
  it("carries the sync's context to whoever is told of it", () => {
    propagation.setGlobalPropagator({
      inject: (carrying, carrier, setter) =>
        setter.set(carrier, "traceparent", trace.getSpanContext(carrying)?.spanId ?? "none"),
      extract: (carrying) => carrying,
      fields: () => ["traceparent"],
    });
    const { telemetry, spans } = attachOtel();
    const sync = telemetry.start("sync", base);
    const headers: Record<string, string> = {};
    propagation.inject(contextFor(sync), headers);
    sync.complete();
    expect(headers).toEqual({ traceparent: spans()[0]?.spanContext().spanId });
    propagation.disable();
  });
});

describe("two subscribers", () => {
  it("each have every span; the events have the first one's ids", () => {
    const { telemetry, spans } = attachOtel();
    const other = memorySdk();
    telemetry.subscribe(otelSubscriber({ tracerProvider: other.tracerProvider, signals: ["traces"] }));
    const ids: unknown[] = [];
    telemetry.subscribe({ name: "ids", handle: ({ spanId }) => void ids.push(spanId) });
    telemetry.run("sync", base, (sync) => sync.run("git", { operation: "fetch" }, () => {}));
    const [git, sync] = spans().map((span) => span.spanContext().spanId);
    expect(ids).toEqual([sync, git, sync]);
    expect(other.spans().map(({ name }) => name)).toEqual(["git fetch", "SYNC my-app"]);
  });
});
