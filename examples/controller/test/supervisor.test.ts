import { createTelemetry, type Trigger } from "@alumiini/core";
import { recordEvents } from "@alumiini/core/testing";
import { until } from "@alumiini-internal/test-support/until";
import { describe, expect, it, onTestFinished } from "vitest";
import { AbortedError, GitError } from "../src/errors.js";
import { CommitCache } from "../src/git/commit-cache.js";
import { Supervisor } from "../src/supervisor.js";
import type { StopSignals, Synchronizer } from "../src/synchronizer.js";
import { Triggers } from "../src/triggers.js";
import { Worker } from "../src/worker.js";

const HOUR = 3_600_000;
const repository = { name: "app", namespace: "team", url: "/nowhere", path: "" };

/** A supervisor of one worker whose syncs are the given function. */
function setUp(
  sync: (trigger: Trigger, signals: StopSignals) => Promise<void>,
  intervals = { pollMs: HOUR, reconcileMs: HOUR },
  count = 1,
) {
  const telemetry = createTelemetry({ clusterId: "test" });
  const recorder = recordEvents();
  telemetry.subscribe(recorder);
  const crashes: unknown[] = [];
  const others = Array.from({ length: count - 1 }, (_, index) => ({ ...repository, name: `app-${index}` }));
  const supervisor = new Supervisor({
    telemetry,
    repositories: [repository, ...others],
    createWorker: (repository) => {
      const synchronizer: Pick<Synchronizer, "sync" | "branch" | "appliedCommit"> = {
        branch: undefined,
        appliedCommit: undefined,
        sync,
      };
      const cache = new CommitCache(telemetry);
      const triggers = new Triggers(() => {});
      return new Worker(repository, { telemetry, synchronizer, cache, triggers, intervals });
    },
    restartDelayMs: 10,
    onCrash: (_repository, error) => crashes.push(error),
  });
  onTestFinished(() => supervisor.stop(0));
  return { telemetry, recorder, supervisor, crashes };
}

describe("Supervisor", () => {
  it("starts with a sync, and syncs once for all that triggers meanwhile", async () => {
    const requests: Trigger[] = [];
    let finish: (() => void) | undefined;
    const { supervisor } = setUp(async (request) => {
      requests.push(request);
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
    });
    supervisor.start();
    await until(() => requests.length === 1);
    for (const trigger of ["poll", "webhook", "webhook", "reconcile"] as const) supervisor.trigger("app", trigger);
    finish?.();
    await until(() => requests.length === 2);
    supervisor.trigger("app", "poll");
    finish?.();
    await until(() => requests.length === 3);
    expect(requests).toEqual(["startup", "webhook", "poll"]);
    finish?.();
    await supervisor.stop(10_000);
  });

  it("polls and reconciles by itself", async () => {
    const triggers = new Set<string>();
    const { supervisor } = setUp(async (trigger) => void triggers.add(trigger), { pollMs: 5, reconcileMs: 12 });
    supervisor.start();
    await until(() => triggers.has("poll") && triggers.has("reconcile"));
  });

  it("goes on after a sync that failed", async () => {
    let syncs = 0;
    const { supervisor, recorder, crashes } = setUp(async () => {
      syncs++;
      throw new GitError("away");
    });
    supervisor.start();
    await until(() => supervisor.status()[0]?.lastSync === "failed");
    supervisor.trigger("app", "manual");
    await until(() => syncs === 2);
    expect(crashes).toEqual([]);
    expect(recorder.ofKind("worker_restart")).toEqual([]);
    expect(recorder.ofKind("worker_memory")[0]).toMatchObject({ repoName: "app", bytes: 0 });
  });

  it("starts a crashed worker again, later each time", async () => {
    const startedAt: number[] = [];
    const bug = new TypeError("a bug");
    const { supervisor, recorder, crashes } = setUp(async () => {
      startedAt.push(performance.now());
      if (startedAt.length < 5) throw bug;
    });
    supervisor.start();
    await until(() => supervisor.status()[0]?.lastSync === "completed");
    expect(supervisor.status()).toMatchObject([{ repository: "app", state: "running", restarts: 4 }]);
    expect(crashes).toEqual([bug, bug, bug, bug]);
    expect(recorder.ofKind("worker_restart")).toHaveLength(4);
    expect(recorder.ofType("worker_started")).toHaveLength(5);
    expect(recorder.ofType("worker_stopped")).toMatchObject(
      Array(4).fill({ outcome: "failure", errorMessage: "a bug" }),
    );
    expect(recorder.ofKind("worker_count").map(({ count }) => count)).toEqual([1, 0, 1, 0, 1, 0, 1, 0, 1]);
    const [first = 0, second = 0, , fourth = 0, fifth = 0] = startedAt;
    // 10 ms after the first crash, 80 ms after the fourth; timers may be late, never early.
    expect(second - first).toBeGreaterThanOrEqual(9);
    expect(fifth - fourth).toBeGreaterThanOrEqual(79);
  });

  it("knows its repositories", () => {
    const { supervisor } = setUp(async () => {});
    supervisor.start();
    expect(supervisor.trigger("app", "manual")).toBe(true);
    expect(supervisor.trigger("other", "manual")).toBe(false);
  });

  it("lets a running sync finish when it stops", async () => {
    let finish: (() => void) | undefined;
    let finished = false;
    const { supervisor, recorder } = setUp(async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      finished = true;
    });
    supervisor.start();
    await until(() => finish);
    supervisor.trigger("app", "manual");
    const stopping = supervisor.stop(60_000);
    finish?.();
    await stopping;
    expect(finished).toBe(true);
    expect(recorder.ofType("worker_stopped")).toMatchObject([{ outcome: "success" }]);
    expect(supervisor.status()).toMatchObject([{ state: "stopped" }]);
  });

  it("cuts a sync short that does not finish within the deadline", async () => {
    let started = false;
    const { supervisor } = setUp(async (_trigger, { abort }) => {
      started = true;
      await new Promise<never>((_resolve, reject) => {
        abort.addEventListener("abort", () => reject(new AbortedError()));
      });
    });
    supervisor.start();
    await until(() => started);
    await supervisor.stop(20);
    expect(supervisor.status()).toMatchObject([{ state: "stopped", lastSync: "none" }]);
  });

  it("does not wait for a restart when it stops", async () => {
    const { supervisor, recorder, crashes } = setUp(async () => {
      throw new TypeError("a bug");
    });
    supervisor.start();
    // By then the next restart is more than half a second away.
    await until(() => crashes.length === 6);
    await supervisor.stop(60_000);
    expect(supervisor.status()).toMatchObject([{ state: "stopped" }]);
    expect(recorder.ofKind("worker_restart")).toHaveLength(5);
  });

  it("gives no listener warning with many repositories", async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on("warning", onWarning);
    onTestFinished(() => void process.off("warning", onWarning));
    const { supervisor } = setUp(async () => {}, undefined, 60);
    supervisor.start();
    await until(() => supervisor.status().every(({ lastSync }) => lastSync === "completed"));
    await supervisor.stop(60_000);
    // Warnings are emitted in the next turn.
    await new Promise(setImmediate);
    expect(warnings).toEqual([]);
  });

  it("counts a crash as a failure until a sync completes", async () => {
    let syncs = 0;
    let finish: (() => void) | undefined;
    const { supervisor } = setUp(async () => {
      if (++syncs === 1) throw new TypeError("a bug");
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
    });
    supervisor.start();
    await until(() => finish);
    expect(supervisor.status()).toMatchObject([{ state: "running", lastSync: "failed" }]);
    finish?.();
    await until(() => supervisor.status()[0]?.lastSync === "completed");
  });
});
