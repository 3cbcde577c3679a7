import { beforeAll, describe, expect, it } from "vitest";
import { attachOtel, base, paths, stoppedClock, useAsyncContext } from "./support.js";

beforeAll(useAsyncContext);

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

describe("events that are emitted one by one", () => {
  const at = (syncId: string) => ({ ...base, syncId });

  it("are joined by the id of their sync, however they interleave", () => {
    const { telemetry, spans, otel } = attachOtel();
    telemetry.emit("sync_started", { ...at("1"), repoName: "one" });
    telemetry.emit("sync_started", { ...at("2"), repoName: "two" });
    telemetry.emit("git_fetched", { ...at("2"), repoName: "two", durationMs: 20 });
    telemetry.emit("git_cloned", { ...at("1"), repoName: "one", durationMs: 10 });
    telemetry.emit("sync_completed", { ...at("1"), repoName: "one", durationMs: 30 });
    telemetry.emit("apply_failed", { ...at("2"), repoName: "two", durationMs: 5, errorType: "conflict" });
    telemetry.emit("sync_failed", { ...at("2"), repoName: "two", durationMs: 40, errorType: "apply_error" });
    expect(paths(spans())).toEqual([
      "SYNC two > git fetch",
      "SYNC one > git clone",
      "SYNC one",
      "SYNC two > apply",
      "SYNC two",
    ]);
    expect(otel.stats()).toMatchObject({ openSpans: 0, orphans: 0 });
  });

  it("become spans in retrospect where they only have an end, also long before the process began", () => {
    const { time, clock } = stoppedClock();
    time.now = Date.UTC(2001, 0, 1);
    const { telemetry, spans } = attachOtel({}, { clock });
    telemetry.emit("git_fetched", { ...base, durationMs: 320 });
    telemetry.emit("sync_completed", { ...base, durationMs: 1500 });
    const [git, sync] = spans();
    const seconds = Date.UTC(2001, 0, 1) / 1000;
    expect([git?.startTime, git?.endTime]).toEqual([
      [seconds - 1, 680_000_000],
      [seconds, 0],
    ]);
    expect([sync?.startTime, sync?.endTime]).toEqual([
      [seconds - 2, 500_000_000],
      [seconds, 0],
    ]);
    expect(git?.parentSpanContext).toBeUndefined();
  });

  it("have only times that OTLP can tell, lest a receiver refuse what is sent with them", () => {
    const { telemetry, spans } = attachOtel();
    const durationMs = Number.MAX_SAFE_INTEGER;
    telemetry.emit("sync_completed", { ...base, durationMs });
    telemetry.emit("sync_started", at("1"));
    telemetry.emit("sync_completed", { ...at("1"), durationMs });
    const [past, future] = spans();
    expect(past?.startTime).toEqual([0, 0]);
    expect(future?.endTime).toEqual([9_223_372_036, 0]);
    expect(past?.attributes["alumiini.sync.duration_ms"]).toBe(durationMs);
  });

  it("belong to the ids that they carry, and else to the span that is active", () => {
    const { telemetry, spans, tracerProvider } = attachOtel();
    telemetry.emit("git_fetched", { ...base, durationMs: 1, traceId: TRACE, spanId: SPAN });
    tracerProvider.getTracer("mine").startActiveSpan("mine", (span) => {
      telemetry.emit("git_fetched", { ...base, durationMs: 1 });
      span.end();
    });
    expect(spans()[0]?.parentSpanContext).toMatchObject({ traceId: TRACE, spanId: SPAN });
    expect(paths(spans())).toEqual(["git fetch", "mine > git fetch", "mine"]);
  });
});
