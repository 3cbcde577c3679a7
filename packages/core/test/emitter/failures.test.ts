import { describe, expect, it, vi } from "vitest";
import { createTelemetry, describeFailure, type FailureReport } from "../../src/index.js";
import { attach, expectConservation } from "../support.js";

const base = { repoName: "my-app", namespace: "default", trigger: "poll" } as const;
const fails = () => {
  throw new Error("no");
};

describe("a subscriber that fails", () => {
  it("affects neither the others nor the caller, and is counted and reported", () => {
    const { telemetry, recorder, reports } = attach();
    const failing = telemetry.subscribe({ name: "failing", handle: fails });
    telemetry.subscribe({ name: "after", handle: () => {} });
    telemetry.emit("sync_started", base);
    expect(recorder.events).toHaveLength(1);
    expect(failing.stats()).toMatchObject({ accepted: 1, failed: 1, delivered: 0 });
    expect(reports).toMatchObject([
      { kind: "subscriber_failed", subscriber: "failing", type: "sync_started", consecutiveFailures: 1 },
    ]);
    expect(telemetry.stats().subscribers).toMatchObject([{ failed: 0 }, { failed: 1 }, { failed: 0 }]);
  });

  it("is detached after five failures in a row, and flushed and closed all the same", async () => {
    const { telemetry, reports } = attach();
    const close = vi.fn();
    const flush = vi.fn();
    const handle = vi.fn(fails);
    const failing = telemetry.subscribe({ name: "failing", handle, flush, close });
    for (let count = 0; count < 9; count++) telemetry.emit("sync_started", base);
    expect(handle).toHaveBeenCalledTimes(5);
    expect(failing.active).toBe(false);
    expect(reports.map((report) => report.kind)).toEqual([
      ...Array(5).fill("subscriber_failed"),
      "subscriber_detached",
    ]);
    await telemetry.close();
    expect(flush).toHaveBeenCalledTimes(1);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it("is forgiven by one success in between", () => {
    const { telemetry } = attach();
    let calls = 0;
    const flaky = telemetry.subscribe({ name: "flaky", handle: () => (++calls % 5 === 0 ? undefined : fails()) });
    for (let count = 0; count < 50; count++) telemetry.emit("sync_started", base);
    expect(flaky.active).toBe(true);
    expect(flaky.stats()).toMatchObject({ failed: 40, delivered: 10 });
  });

  it.each([
    [1, 1],
    [Number.POSITIVE_INFINITY, 20],
  ])("is detached after maxConsecutiveFailures %d", (maxConsecutiveFailures, calls) => {
    const { telemetry } = attach({ maxConsecutiveFailures });
    const handle = vi.fn(fails);
    telemetry.subscribe({ name: "failing", handle });
    for (let count = 0; count < 20; count++) telemetry.emit("sync_started", base);
    expect(handle).toHaveBeenCalledTimes(calls);
  });

  it("is reported ten times at once, the last marked, then held back", () => {
    const { telemetry, reports } = attach({ maxConsecutiveFailures: Number.POSITIVE_INFINITY });
    telemetry.subscribe({ name: "failing", handle: fails });
    for (let count = 0; count < 1000; count++) telemetry.emit("sync_started", base);
    expect(reports).toHaveLength(10);
    expect(reports.map((report) => report.last)).toEqual([...Array(9).fill(false), true]);
    expect(telemetry.stats().subscribers[1]?.failed).toBe(1000);
  });

  it("may reject instead of throwing", async () => {
    const { telemetry, reports } = attach();
    const rejecting = telemetry.subscribe({
      name: "rejecting",
      async handle() {
        await Promise.resolve();
        fails();
      },
    });
    for (let count = 0; count < 3; count++) telemetry.emit("sync_started", base);
    expect(rejecting.stats()).toMatchObject({ accepted: 3, pending: 3, failed: 0 });
    expectConservation(rejecting);
    await telemetry.flush();
    expect(rejecting.stats()).toMatchObject({ accepted: 3, pending: 0, failed: 3 });
    for (let count = 0; count < 3; count++) telemetry.emit("sync_started", base);
    await telemetry.flush();
    expect(rejecting.active).toBe(false);
    expect(reports).toContainEqual(expect.objectContaining({ kind: "subscriber_detached", consecutiveFailures: 5 }));
  });

  it("may answer a thenable that throws", async () => {
    const { telemetry, reports } = attach();
    // biome-ignore lint/suspicious/noThenProperty: what a subscriber returns may be anything
    telemetry.subscribe({ name: "odd", handle: () => ({ then: fails }) });
    telemetry.emit("sync_started", base);
    await telemetry.flush();
    expect(reports).toMatchObject([{ kind: "subscriber_failed", subscriber: "odd" }]);
  });

  it("may never settle: then it gets no more than 10,000 at once", () => {
    const { telemetry, reports } = attach();
    const stuck = telemetry.subscribe({ name: "stuck", handle: () => new Promise<void>(() => {}) });
    for (let count = 0; count < 10_100; count++) telemetry.emit("sync_started", base);
    expect(stuck.stats()).toMatchObject({ accepted: 10_100, pending: 10_000, dropped: { backpressure: 100 } });
    expectConservation(stuck);
    expect(reports[0]).toMatchObject({ kind: "dropped", reason: "backpressure", subscriber: "stuck" });
  });

  it("does not matter when onFailure fails too, or emits", () => {
    const telemetry = createTelemetry({
      clusterId: "test",
      maxConsecutiveFailures: Number.POSITIVE_INFINITY,
      onFailure() {
        telemetry.emit("sync_started", base);
        telemetry.measure("error", { repoName: "my-app", errorType: "telemetry" });
        fails();
      },
    });
    telemetry.subscribe({ name: "failing", handle: fails, measure: fails });
    expect(() => telemetry.emit("sync_started", base)).not.toThrow();
  });

  it("does not matter when onFailure rejects", async () => {
    const onFailure = vi.fn(() => Promise.reject(new Error("reports are down")));
    const telemetry = createTelemetry({ clusterId: "test", onFailure });
    telemetry.subscribe({ name: "failing", handle: fails });
    telemetry.emit("sync_started", base);
    expect(onFailure).toHaveBeenCalledTimes(1);
    // An unhandled rejection would fail the test run.
    await new Promise((resolve) => setImmediate(resolve));
  });

  it("is told on the console when nobody else takes reports, without secrets", () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const telemetry = createTelemetry({ clusterId: "test" });
    telemetry.subscribe({
      name: "failing",
      handle() {
        throw new Error("cannot reach https://user:s3cret@broker.example/x");
      },
    });
    telemetry.emit("sync_started", base);
    const text = error.mock.calls.flat().join(" ");
    error.mockRestore();
    expect(text).toContain("subscriber_failed");
    expect(text).toContain("https://broker.example/x");
    expect(text).not.toContain("s3cret");
  });
});

describe("describeFailure", () => {
  it("says of every kind what to do, on one line, without secrets", () => {
    const error = new Error("https://u:s3cret@h\nsecond line");
    const subscriber = { subscriber: "kafka", error, type: "sync_failed", consecutiveFailures: 5, last: true };
    const operation = { operation: "sync", repoName: "my-app", last: false };
    const all: FailureReport[] = [
      { kind: "subscriber_failed", ...subscriber },
      { kind: "subscriber_detached", ...subscriber },
      { kind: "dropped", reason: "feedback", type: "sync_failed", last: false },
      { kind: "dropped", reason: "backpressure", type: "sync_failed", subscriber: "kafka", last: false },
      { kind: "dropped", reason: "closed", type: "sync_failed", last: false },
      { kind: "invalid_fields", type: "sync_failed", path: "repoName", rejected: true, last: false },
      { kind: "invalid_fields", type: "sync_failed", path: "commit", rejected: false, last: false },
      { kind: "invalid_fields", type: "nonsense", path: "type", rejected: true, last: false },
      { kind: "operation_ended_twice", ...operation },
      { kind: "operation_never_ended", ...operation },
      { kind: "input_failed", error, last: false },
    ];
    const sentences = all.map(describeFailure);
    expect(new Set(sentences).size).toBe(all.length);
    for (const sentence of sentences) {
      expect(sentence).toMatch(/^[^\n]*\.$/);
      expect(sentence).not.toContain("s3cret");
    }
  });
});
