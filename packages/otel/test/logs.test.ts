import { beforeAll, describe, expect, it } from "vitest";
import { attachOtel, base, first, useAsyncContext } from "./support.js";

beforeAll(useAsyncContext);

describe("log events", () => {
  it("tell of drifts, workers and webhooks", () => {
    const { telemetry, logs } = attachOtel();
    telemetry.emit("drift_detected", { ...base, resourceKey: "Service/a/b" });
    telemetry.emit("drift_corrected", { ...base, resourceKey: "Service/a/b", durationMs: 4 });
    telemetry.emit("worker_started", { ...base, workerId: "w-1" });
    telemetry.emit("worker_stopped", { ...base, severity: "critical" });
    telemetry.emit("webhook_received", { ...base, provider: "gitlab" });
    telemetry.emit("sync_started", base);
    telemetry.emit("git_fetched", { ...base, durationMs: 1 });
    expect(
      logs().map(({ eventName, severityNumber, severityText, body }) => [
        eventName,
        severityNumber,
        severityText,
        body,
      ]),
    ).toEqual([
      ["alumiini.drift.detected", 13, "WARN", "K8s differs from git: Service/a/b"],
      ["alumiini.drift.corrected", 9, "INFO", "Drift fixed: Service/a/b"],
      ["alumiini.worker.started", 9, "INFO", "Worker process starts: my-app"],
      ["alumiini.worker.stopped", 21, "FATAL", "Worker process stops: my-app"],
      ["alumiini.webhook.received", 9, "INFO", "Webhook arrives: my-app"],
    ]);
    expect(logs()[2]?.attributes).toMatchObject({ "alumiini.worker.id": "w-1", "alumiini.repo.name": "my-app" });
  });

  it("tell of every failure, as an exception of its operation", () => {
    const { telemetry, logs } = attachOtel();
    const failed = { ...base, durationMs: 1, errorType: "conflict", errorMessage: "409" };
    telemetry.emit("sync_failed", failed);
    telemetry.emit("git_cloned", failed);
    telemetry.emit("apply_failed", failed);
    telemetry.emit("drift_corrected", { ...failed, resourceKey: "a/b" });
    telemetry.emit("worker_stopped", { ...base, outcome: "failure" });
    expect(logs().map(({ eventName }) => eventName)).toEqual([
      "alumiini.sync.exception",
      "alumiini.git.exception",
      "alumiini.apply.exception",
      "alumiini.drift.corrected",
      "alumiini.drift.exception",
      "alumiini.worker.stopped",
      "alumiini.worker.exception",
    ]);
    expect(first(logs())).toMatchObject({
      severityText: "ERROR",
      body: "sync failed: my-app: 409",
      attributes: {
        "error.type": "conflict",
        "exception.type": "conflict",
        "exception.message": "409",
        "alumiini.error.message": "409",
      },
    });
    expect(logs().at(-1)?.attributes).toMatchObject({ "exception.type": "_OTHER" });
  });

  it("keep the time of the event, also of one from before the process", () => {
    const { telemetry, logs } = attachOtel({}, { clock: { now: () => 981_173_106_789, monotonic: () => 0 } });
    telemetry.emit("worker_started", base);
    expect(first(logs()).hrTime).toEqual([981_173_106, 789_000_000]);
  });

  it("belong to the span of what they tell of: by ids, by the sync's id, by what is active", () => {
    const { telemetry, logs, spans, tracerProvider } = attachOtel();
    telemetry.emit("sync_started", { ...base, syncId: "1" });
    telemetry.emit("drift_detected", { ...base, syncId: "1", resourceKey: "a/b" });
    const ids = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" };
    telemetry.emit("drift_detected", { ...base, ...ids, resourceKey: "a/b" });
    tracerProvider.getTracer("mine").startActiveSpan("mine", (span) => {
      telemetry.emit("worker_started", base);
      span.end();
    });
    telemetry.emit("worker_started", base);
    telemetry.emit("sync_completed", { ...base, syncId: "1", durationMs: 1 });
    const [mine, sync] = spans().map((span) => span.spanContext());
    expect(logs().map(({ spanContext }) => spanContext?.spanId)).toEqual([
      sync?.spanId,
      ids.spanId,
      mine?.spanId,
      undefined,
    ]);
    expect(logs()[1]?.spanContext?.traceId).toBe(ids.traceId);
  });

  it("ask the logger first, and are kept from none that is too old to be asked", () => {
    const emitted: unknown[] = [];
    const emit = (record: { readonly eventName: string }) => void emitted.push(record.eventName);
    const deaf = { emit, enabled: () => false };
    const choosy = {
      emit,
      enabled: (asked?: { readonly severityNumber?: number }) => (asked?.severityNumber ?? 99) > 9,
    };
    for (const logger of [deaf, choosy, { emit }]) {
      const { telemetry } = attachOtel({ loggerProvider: { getLogger: () => logger } });
      telemetry.emit("worker_started", base);
      telemetry.emit("drift_detected", { ...base, resourceKey: "a/b" });
    }
    expect(emitted).toEqual(["alumiini.drift.detected", "alumiini.worker.started", "alumiini.drift.detected"]);
  });
});

describe("one sync", () => {
  it("is found by its ids from every side: event, span, step, log event", async () => {
    const { telemetry, logs, spans } = attachOtel();
    const events: {
      readonly type: string;
      readonly traceId?: string;
      readonly spanId?: string;
      readonly id: string;
    }[] = [];
    // What a metrics backend makes its exemplars of, and a log bridge its lines.
    telemetry.subscribe({ name: "exemplars", handle: (event) => void events.push(event) });
    const work = telemetry.run("sync", base, async (sync) =>
      sync.run("apply", {}, async () => Promise.reject(new Error("conflict"))),
    );
    await expect(work).rejects.toThrow("conflict");
    for (const { type, traceId, spanId, id } of events.filter((event) => event.type.endsWith("failed"))) {
      const span = spans().find(({ attributes }) => attributes["alumiini.event.id"] === id);
      const log = logs().find(({ attributes }) => attributes["alumiini.event.id"] === id);
      expect([type, span?.spanContext().traceId, span?.spanContext().spanId]).toEqual([type, traceId, spanId]);
      expect(log?.spanContext).toMatchObject({ traceId, spanId, traceFlags: 1 });
    }
    expect(new Set(events.map(({ traceId }) => traceId)).size).toBe(1);
    expect(logs()).toHaveLength(2);
  });
});
