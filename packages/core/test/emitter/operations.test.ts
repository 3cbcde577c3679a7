import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { attach } from "../support.js";

const base = { repoName: "my-app", namespace: "default", trigger: "webhook" } as const;

const fails = () => {
  throw new Error("no");
};

/** A clock that a test moves by hand; setting `now` back must not matter for durations. */
function attachWithClock() {
  const time = { now: 1_000_000, monotonic: 50 };
  return { time, ...attach({ clock: { now: () => time.now, monotonic: () => time.monotonic } }) };
}

describe("start", () => {
  it("emits the start, then the stop with the start's fields and a monotonic duration", () => {
    const { telemetry, recorder, time } = attachWithClock();
    const sync = telemetry.start("sync", { ...base, branch: "main", commit: "old", repoUrl: "https://h/r.git" });
    time.monotonic += 1500.4;
    time.now -= 60_000;
    sync.complete({ commit: "new", resourcesApplied: 3, branch: undefined });
    const [started, completed] = recorder.events;
    expect(started).toMatchObject({ type: "sync_started", ...base, branch: "main", commit: "old" });
    expect(completed).toMatchObject({
      type: "sync_completed",
      ...base,
      branch: "main",
      commit: "new",
      repoUrl: "https://h/r.git",
      resourcesApplied: 3,
      durationMs: 1500,
    });
    expect(sync.syncId).toMatch(/^[0-9A-Z]{26}$/);
    expect([started?.syncId, completed?.syncId]).toEqual([sync.syncId, sync.syncId]);
    expect(sync.ended).toBe(true);
  });

  it.each([
    ["sync", { ...base }, ["sync_started", "sync_completed"], ["sync_started", "sync_failed"]],
    ["git", { ...base, operation: "fetch" }, ["git_fetched"], ["git_fetched"]],
    ["git", { ...base, operation: "clone" }, ["git_cloned"], ["git_cloned"]],
    ["apply", { ...base }, ["apply_started", "apply_completed"], ["apply_started", "apply_failed"]],
    [
      "drift",
      { ...base, resourceKey: "a/b" },
      ["drift_detected", "drift_corrected"],
      ["drift_detected", "drift_corrected"],
    ],
    ["worker", { ...base }, ["worker_started", "worker_stopped"], ["worker_started", "worker_stopped"]],
  ] as const)("emits the events of %s", (operation, fields, completed, failed) => {
    const { telemetry, recorder } = attach();
    telemetry.start(operation, fields as never).complete();
    expect(recorder.events.map((event) => event.type)).toEqual(completed);
    recorder.clear();
    telemetry.start(operation, fields as never).fail(new Error("no"));
    expect(recorder.events.map((event) => event.type)).toEqual(failed);
    expect(recorder.events.at(-1)).toMatchObject({
      severity: "error",
      outcome: "failure",
      errorType: `${operation}_error`,
      errorMessage: "no",
    });
  });

  it("lets children inherit repository, trigger, sync id and trace, and nothing else", () => {
    const { telemetry, recorder } = attach();
    const trace = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" };
    const sync = telemetry.start("sync", { ...base, ...trace, branch: "main", commit: "old", rolloutRef: "a/b" });
    const git = sync.start("git", { operation: "clone" });
    git.complete({ commit: "new" });
    const apply = git.start("apply", { branch: "other" });
    apply.complete({ resourcesApplied: 1 });
    const inherited = { ...base, ...trace, syncId: sync.syncId, rolloutRef: "a/b" };
    expect(recorder.ofType("git_cloned")).toMatchObject([{ ...inherited, branch: "main", commit: "new" }]);
    const [applied] = recorder.ofType("apply_completed");
    expect(applied).toMatchObject({ ...inherited, branch: "other" });
    expect(applied).not.toHaveProperty("commit");
  });

  it("does not carry the start's severity over to the end", () => {
    const { telemetry, recorder } = attach();
    telemetry.start("drift", { ...base, resourceKey: "a/b", severity: "critical" }).complete();
    expect(recorder.events.map((event) => event.severity)).toEqual(["critical", "info"]);
  });

  it("does not see what the caller does to the fields later", () => {
    const { telemetry, recorder } = attach();
    const fields = { ...base, branch: "main" };
    const sync = telemetry.start("sync", fields);
    fields.branch = "changed";
    sync.complete();
    expect(recorder.ofType("sync_completed")[0]?.branch).toBe("main");
  });

  it("reports an operation that is ended twice, and emits once", () => {
    const { telemetry, recorder, reports } = attach();
    const sync = telemetry.start("sync", base);
    sync.complete();
    sync.fail(new Error("late"));
    sync.complete();
    expect(recorder.events).toHaveLength(2);
    expect(reports).toMatchObject([
      { kind: "operation_ended_twice", operation: "sync", repoName: "my-app" },
      { kind: "operation_ended_twice", operation: "sync", repoName: "my-app" },
    ]);
  });

  it("reports at close what was never ended", async () => {
    const { telemetry, reports } = attach();
    const handle = telemetry.start("apply", base);
    expect(telemetry.stats().openOperations).toBe(1);
    await telemetry.close();
    expect(reports).toMatchObject([{ kind: "operation_never_ended", operation: "apply", repoName: "my-app" }]);
    expect(handle.ended).toBe(false);
  });

  it("reports a handle that was forgotten, and keeps nothing of it", async () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage: () => void = runInNewContext("gc");
    const { telemetry, reports } = attach();
    for (let count = 0; count < 5; count++) telemetry.start("git", { ...base, operation: "fetch" });
    await expect
      .poll(() => {
        collectGarbage();
        return [
          telemetry.stats().openOperations,
          reports.filter(({ kind }) => kind === "operation_never_ended").length,
        ];
      })
      .toEqual([0, 5]);
  });

  it("survives fields that are no fields", () => {
    const { telemetry, recorder } = attach();
    const throwing = new Proxy({}, { ownKeys: fails, get: fails });
    for (const fields of [undefined, null, 7, "text", throwing]) {
      const sync = telemetry.start("sync", fields as never);
      sync.complete(fields as never);
      sync.start("git", fields as never).fail(fields);
    }
    telemetry.start("nonsense" as "sync", base).complete();
    expect(recorder.events).toEqual([]);
  });
});

describe("fail", () => {
  it("takes the fields as they are said", () => {
    const { telemetry, recorder } = attach();
    telemetry.start("sync", base).fail({ errorType: "quota", errorMessage: "full", severity: "critical" });
    expect(recorder.ofType("sync_failed")).toMatchObject([
      { errorType: "quota", errorMessage: "full", severity: "critical", outcome: "failure" },
    ]);
  });

  it("names the step that failed with the same error", () => {
    const { telemetry, recorder } = attach();
    const error = new Error("remote hung up");
    const sync = telemetry.start("sync", base);
    sync.start("git", { operation: "fetch" }).fail(error);
    sync.fail(error);
    const other = telemetry.start("sync", base);
    other.start("git", { operation: "fetch" }).fail(error);
    other.fail(new Error("another"));
    expect(recorder.ofType("sync_failed").map((event) => event.errorType)).toEqual(["git_error", "sync_error"]);
  });

  it("takes whatever is thrown", () => {
    const { telemetry, recorder } = attach();
    const hostile = Object.defineProperty(new Error("x"), "message", {
      get: () => {
        throw new Error("no");
      },
    });
    const unprintable = Object.create(null);
    for (const thrown of [
      undefined,
      null,
      0,
      "text",
      Symbol("s"),
      {},
      unprintable,
      hostile,
      new Proxy(
        {},
        {
          get: () => {
            throw 1;
          },
        },
      ),
    ]) {
      telemetry.start("sync", base).fail(thrown);
    }
    expect(recorder.ofType("sync_failed")).toHaveLength(9);
  });

  it("removes credentials from the message", () => {
    const { telemetry, recorder } = attach();
    telemetry
      .start("git", { ...base, operation: "fetch" })
      .fail(
        new Error("fatal: unable to access 'https://x:ghp_abcdefghijklmnopqrstuvwx0123456789@github.com/o/r.git/'"),
      );
    expect(recorder.events[0]).toMatchObject({ errorMessage: "fatal: unable to access 'https://github.com/o/r.git/'" });
  });

  it("asks the caller's classification first", () => {
    const { telemetry, recorder } = attach({
      classifyError: (error, { operation }) => (error instanceof RangeError ? `${operation}_quota` : undefined),
    });
    telemetry.start("apply", base).fail(new RangeError("no"));
    telemetry.start("apply", base).fail(new Error("no"));
    expect(recorder.ofType("apply_failed").map((event) => event.errorType)).toEqual(["apply_quota", "apply_error"]);
  });
});
