import type { AluminiEvent } from "@alumiini/core";
import { type Context, context, trace } from "@opentelemetry/api";
import { beforeAll, describe, expect, it } from "vitest";
import { attachOtel, base, first, paths, useAsyncContext } from "./support.js";

beforeAll(useAsyncContext);

const START = Date.UTC(2024, 11, 16, 12);
let ids = 0;

/** An event that another process made, `at` milliseconds after the start. */
function made(at: number, fields: Pick<AluminiEvent, "type"> & Partial<Record<string, unknown>>): AluminiEvent {
  const identity = { severity: "info", outcome: "success", clusterId: "prod-eu", ...base } as const;
  return { ...identity, id: `event-${ids++}`, timestamp: START + at, ...fields } as AluminiEvent;
}

const sync = [
  made(0, { type: "sync_started", syncId: "1", outcome: "unknown" }),
  made(40, { type: "git_fetched", syncId: "1", durationMs: 30 }),
  made(90, { type: "apply_completed", syncId: "1", durationMs: 20 }),
  made(100, { type: "sync_completed", syncId: "1", durationMs: 100 }),
];

describe("relayed events", () => {
  it("become a trace in retrospect: the sync with its steps, at the times that they had", () => {
    const { otel, spans } = attachOtel();
    for (const event of sync) otel.handle(event, { relayed: true, late: false });
    expect(paths(spans())).toEqual(["SYNC my-app", "SYNC my-app > git fetch", "SYNC my-app > apply"]);
    const milliseconds = ([seconds, nanos]: readonly [number, number]) => seconds * 1000 + nanos / 1e6 - START;
    expect(spans().map(({ startTime, endTime }) => [milliseconds(startTime), milliseconds(endTime)])).toEqual([
      [0, 100],
      [10, 40],
      [70, 90],
    ]);
    expect(otel.stats()).toMatchObject({ openSpans: 0, orphans: 0 });
  });

  it("are not part of the request that they came in", async () => {
    const { otel, spans, logs, tracerProvider } = attachOtel();
    const request: Context = trace.setSpan(context.active(), tracerProvider.getTracer("http").startSpan("POST"));
    context.with(request, () => {
      for (const event of sync) otel.handle(event, { relayed: true, late: false });
      otel.handle(made(0, { type: "webhook_received", provider: "github" }), { relayed: true, late: false });
      otel.handle(made(0, { type: "drift_detected", resourceKey: "a/b" }), { relayed: true, late: false });
    });
    const ours = trace.getSpanContext(request)?.traceId;
    expect(spans().map((span) => span.spanContext().traceId)).not.toContain(ours);
    expect(logs().map((log) => log.spanContext?.traceId)).not.toContain(ours);
  });

  it("keep the trace of the process that made them", () => {
    const { otel, spans } = attachOtel();
    const [traceId, spanId] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
    for (const event of sync)
      otel.handle({ ...event, id: `${event.id}-t`, traceId, spanId }, { relayed: true, late: false });
    expect(paths(spans())).toEqual(["SYNC my-app", "SYNC my-app > git fetch", "SYNC my-app > apply"]);
    expect(new Set(spans().map((span) => span.spanContext().traceId))).toEqual(new Set([traceId]));
    expect(first(spans()).parentSpanContext?.spanId).toBe(spanId);
  });

  it("of a sync that never ends become spans of their own at close, bounded in number", () => {
    const { otel, spans } = attachOtel();
    for (let index = 0; index < 100; index++) {
      otel.handle(made(index, { type: "git_fetched", syncId: "1", durationMs: 1 }), { relayed: true, late: false });
    }
    expect(spans()).toHaveLength(36);
    otel.close?.(AbortSignal.timeout(1000));
    expect(spans()).toHaveLength(100);
  });

  it("that come late are in traces and logs, and in no metric", async () => {
    const { otel, spans, logs, points } = attachOtel();
    for (const event of [...sync, made(0, { type: "worker_started" })]) {
      otel.handle(event, { relayed: true, late: true });
    }
    expect(spans()).toHaveLength(3);
    expect(logs()).toHaveLength(1);
    for (const name of ["alumiini.syncs", "cicd.pipeline.run.duration", "cicd.pipeline.run.active"]) {
      expect(await points(name)).toEqual([]);
    }
    expect(await points("alumiini.late.events")).toEqual([{ attributes: {}, value: 5 }]);
    expect(otel.stats().late).toBe(5);
  });

  it("leave no run active, in whatever order they come", async () => {
    const { otel, points } = attachOtel();
    for (const event of [...sync].reverse()) otel.handle(event, { relayed: true, late: false });
    expect((await points("cicd.pipeline.run.active")).filter(({ value }) => value !== 0)).toEqual([]);
    expect(await points("alumiini.syncs")).toHaveLength(1);
  });
});
