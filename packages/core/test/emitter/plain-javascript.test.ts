import { describe, expect, it } from "vitest";
import { describeFailure, parseWire, toWire } from "../../src/index.js";
import { attach } from "../support.js";

const base = { repoName: "my-app", namespace: "default", trigger: "poll" } as const;

/** Emits without a type checker, and returns what was emitted and reported. */
function emit(type: string, fields: object) {
  const { telemetry, recorder, reports } = attach();
  telemetry.emit(type as never, fields as never);
  return { event: recorder.events[0], reports, sentences: reports.map(describeFailure) };
}

describe("a caller in plain JavaScript hears of", () => {
  it("a field that is missing", () => {
    const { event, reports, sentences } = emit("sync_failed", { ...base, errorType: "git_error" });
    expect(event).toMatchObject({ type: "sync_failed", outcome: "failure" });
    expect(reports).toMatchObject([
      { kind: "invalid_fields", path: "durationMs", problem: "missing", rejected: false },
    ]);
    expect(sentences[0]).toContain("durationMs is missing");
  });

  it("a field that is misspelt, and of the right one", () => {
    const { reports, sentences } = emit("sync_started", { ...base, committ: "abc" });
    expect(reports).toMatchObject([{ path: "committ", problem: "unknown", nearest: "commit" }]);
    expect(sentences[0]).toContain("did you mean commit?");
    expect(emit("sync_started", { ...base, xyzzy: 1 }).reports[0]).not.toHaveProperty("nearest");
  });

  it("a field of another type", () => {
    const { reports } = emit("sync_started", { ...base, provider: "github" });
    expect(reports).toMatchObject([{ path: "provider", problem: "unknown" }]);
  });

  it.each([
    ["sync_completed", { durationMs: 1, outcome: "failure" }, "outcome", { outcome: "success", severity: "info" }],
    ["sync_failed", { durationMs: 1, errorType: "x", outcome: "success" }, "outcome", { outcome: "failure" }],
    ["sync_started", { severity: "critical" }, "severity", { severity: "info", outcome: "unknown" }],
    ["sync_completed", { durationMs: 1, errorType: "git_error" }, "errorType", { outcome: "success" }],
    ["drift_detected", { resourceKey: "a/b", outcome: "success" }, "outcome", { outcome: "unknown" }],
  ])("a contradiction: %s with %j", (type, fields, path, expected) => {
    const { event, reports } = emit(type, { ...base, ...fields });
    expect(event).toMatchObject(expected);
    expect(event).not.toHaveProperty(path === "errorType" ? "errorType" : "none");
    expect(reports).toContainEqual(expect.objectContaining({ path, problem: "contradictory", rejected: false }));
  });

  it("a misspelt field of a measurement", () => {
    const { telemetry, reports } = attach();
    telemetry.measure("worker_memory", { repoName: "a", bytes: 1, workerid: "w" } as never);
    expect(reports).toMatchObject([{ type: "worker_memory", path: "workerid", nearest: "workerId" }]);
  });

  it("each fault once, however often it is made", () => {
    const { telemetry, reports } = attach();
    for (let count = 0; count < 500; count++) telemetry.emit("apply_started", { ...base, comit: "a" } as never);
    telemetry.emit("apply_completed", { ...base, durationMs: 1, comit: "a" } as never);
    expect(reports.map((report) => "type" in report && report.type)).toEqual(["apply_started", "apply_completed"]);
  });

  it("a fault that is made late", () => {
    const { telemetry, reports } = attach();
    for (let count = 0; count < 5000; count++) telemetry.emit("apply_started", base);
    for (let count = 0; count < 64; count++) telemetry.emit("apply_started", { ...base, comit: "a" } as never);
    expect(reports).toMatchObject([{ path: "comit" }]);
  });

  it("no more faults than can be remembered", () => {
    const { telemetry } = attach();
    for (let count = 0; count < 2000; count++) {
      telemetry.emit("apply_started", { ...base, [`field-${count}`]: "x".repeat(10) } as never);
    }
    expect(telemetry.stats().rejected).toBe(0);
  });
});

describe("what a caller in TypeScript may do", () => {
  it("is no fault: fields that are undefined, and those of every operation", () => {
    const { telemetry, reports } = attach();
    telemetry.emit("sync_started", { ...base, commit: undefined });
    telemetry.run("sync", { ...base, commit: "a" }, (sync) => {
      sync.run("git", { operation: "fetch" }, (git) => git.complete({ commit: "b" }));
      sync.run("apply", {}, (apply) => apply.run("drift", { resourceKey: "a/b" }, () => {}));
      sync.start("worker", { workerId: "w" }).fail({ errorType: "x", outcome: "timeout" });
    });
    expect(reports).toEqual([]);
  });
});

describe("a sparse array", () => {
  it("never makes an event that parseWire refuses", () => {
    // biome-ignore lint/suspicious/noSparseArray: this is what is tested
    const sparse = [, "a", , "b"];
    const { event } = emit("apply_completed", {
      ...base,
      durationMs: 1,
      attributes: { sparse, fine: ["a"] },
      // biome-ignore lint/suspicious/noSparseArray: this is what is tested
      resources: [, { kind: "Deployment", name: "web" }],
    });
    if (event === undefined) throw new Error("nothing was emitted");
    expect(parseWire(JSON.parse(JSON.stringify(toWire(event))))).toEqual({ ok: true, event });
    expect(event.attributes).toEqual({ fine: ["a"] });
  });
});
