import { describe, expect, it, vi } from "vitest";
import type { OperationContext, OperationHandle, OperationStart, Subscriber } from "../../src/index.js";
import { attach, expectConservation } from "../support.js";

const base = { repoName: "my-app", namespace: "default", trigger: "poll" } as const;
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const span = (digit: number) => String(digit).repeat(16);

/** A subscriber that gives every operation a span of one trace. */
function tracer(name = "tracer", firstDigit = 1) {
  const starts: OperationStart[] = [];
  const subscriber = {
    name,
    handle: () => {},
    begin(start: OperationStart): OperationContext {
      starts.push(start);
      return { traceId: TRACE, spanId: span(firstDigit + starts.length - 1) };
    },
  };
  return { subscriber, starts };
}

describe("begin", () => {
  it("is told of every operation, its handle, its parent and its fields", () => {
    const { telemetry } = attach();
    const { subscriber, starts } = tracer();
    telemetry.subscribe(subscriber);
    const sync = telemetry.start("sync", { ...base, repoUrl: "https://user:hunter2@host/r.git", syncId: "s-1" });
    const clone = sync.start("git", { operation: "clone" });
    const drift = telemetry.start("drift", { ...base, resourceKey: "a/b" });
    expect(starts.map(({ operation, completedType }) => [operation, completedType])).toEqual([
      ["sync", "sync_completed"],
      ["git", "git_cloned"],
      ["drift", "drift_corrected"],
    ]);
    expect(starts.map(({ handle }) => handle)).toEqual([sync, clone, drift]);
    expect(starts.map(({ parent }) => parent)).toEqual([undefined, sync, undefined]);
    expect(starts[0]?.fields).toMatchObject({
      ...base,
      syncId: "s-1",
      repoUrl: "https://host/r.git",
      clusterId: "test",
    });
    expect(starts[1]?.fields).toMatchObject({ ...base, syncId: "s-1" });
    expect(starts[1]?.fields).not.toHaveProperty("spanId");
    expect(starts[2]?.fields).toMatchObject({ resourceKey: "a/b" });
  });

  it("puts the ids that it answers on the events; children have their own, or their parent's", () => {
    const { telemetry, recorder } = attach();
    const { subscriber } = tracer();
    const begin = ({ operation, ...start }: OperationStart) =>
      operation === "drift" ? undefined : subscriber.begin({ operation, ...start });
    telemetry.subscribe({ ...subscriber, begin });
    const sync = telemetry.start("sync", base);
    sync.start("git", { operation: "fetch" }).complete();
    sync.start("drift", { resourceKey: "a/b" });
    sync.complete();
    expect(recorder.events.map(({ type, traceId, spanId }) => [type, traceId, spanId])).toEqual([
      ["sync_started", TRACE, span(1)],
      ["git_fetched", TRACE, span(2)],
      ["drift_detected", TRACE, span(1)],
      ["sync_completed", TRACE, span(1)],
    ]);
  });

  it("keeps the ids that the caller gave, and shows them", () => {
    const { telemetry, recorder } = attach();
    const { subscriber, starts } = tracer();
    telemetry.subscribe(subscriber);
    const given = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
    const sync = telemetry.start("sync", { ...base, ...given });
    sync.start("git", { operation: "fetch" }).complete();
    expect(starts.map(({ fields }) => fields.spanId)).toEqual([given.spanId, undefined]);
    expect(recorder.ofType("sync_started")).toMatchObject([given]);
    expect(recorder.ofType("git_fetched")).toMatchObject([{ traceId: TRACE, spanId: span(2) }]);
  });

  it("shows later subscribers what an earlier one answered, which stays", () => {
    const { telemetry, recorder } = attach();
    const later = tracer("later", 5);
    telemetry.subscribe(tracer().subscriber);
    telemetry.subscribe(later.subscriber);
    telemetry.start("sync", base);
    expect(later.starts[0]?.fields).toMatchObject({ traceId: TRACE, spanId: span(1) });
    expect(recorder.ofType("sync_started")).toMatchObject([{ traceId: TRACE, spanId: span(1) }]);
  });

  it("is asked by nobody once unsubscribed, detached or closed, nor about what no event can be made of", async () => {
    const { telemetry, reports } = attach({ maxConsecutiveFailures: 1 });
    const begin = vi.fn(() => undefined);
    const fails = () => {
      throw new Error("no");
    };
    telemetry.subscribe({ name: "gone", handle: () => {}, begin }).unsubscribe();
    telemetry.subscribe({ name: "detached", handle: fails, begin });
    telemetry.emit("worker_started", base);
    telemetry.start("sync", base).complete();
    expect(begin).not.toHaveBeenCalled();
    telemetry.subscribe({ name: "closed", handle: () => {}, begin });
    telemetry.start("sync", { ...base, repoName: "" }).complete();
    expect(begin).not.toHaveBeenCalled();
    await telemetry.close();
    telemetry.start("sync", base);
    expect(begin).not.toHaveBeenCalled();
    expect(reports.map(({ kind }) => kind)).toContain("subscriber_detached");
  });

  it("counts, reports and detaches for what it throws, and the operation goes on", () => {
    const { telemetry, recorder, reports } = attach({ maxConsecutiveFailures: 2 });
    const error = new Error("no span");
    const begin = vi.fn(() => {
      throw error;
    });
    const subscription = telemetry.subscribe({ name: "broken", types: ["worker_stopped"], handle: () => {}, begin });
    for (let count = 0; count < 3; count++) telemetry.start("sync", base).complete();
    expect(begin).toHaveBeenCalledTimes(2);
    expect(recorder.ofType("sync_completed")).toHaveLength(3);
    expect(reports).toMatchObject([
      { kind: "subscriber_failed", subscriber: "broken", type: "sync", error, consecutiveFailures: 1 },
      { kind: "subscriber_failed", consecutiveFailures: 2 },
      { kind: "subscriber_detached" },
    ]);
    expect(subscription.stats()).toMatchObject({ active: false, accepted: 2, failed: 2 });
    expectConservation(subscription);
  });
});

describe("the run of an operation's context", () => {
  function attachRunning(...runs: NonNullable<OperationContext["run"]>[]) {
    const attached = attach();
    for (const [index, run] of runs.entries()) {
      const subscriber: Subscriber = { name: `runs-${index}`, handle: () => {}, begin: () => ({ run }) };
      attached.telemetry.subscribe(subscriber);
    }
    return attached;
  }

  it("surrounds the function, the first subscriber outermost, and leaves results and errors as they are", async () => {
    const steps: string[] = [];
    const around = (name: string) => (call: () => void) => {
      steps.push(`${name} in`);
      call();
      steps.push(`${name} out`);
    };
    const { telemetry, reports } = attachRunning(around("outer"), around("inner"));
    expect(telemetry.run("sync", base, () => steps.push("call"))).toBe(3);
    expect(steps).toEqual(["outer in", "inner in", "call", "inner out", "outer out"]);
    const error = new Error("mine");
    expect(() =>
      telemetry.run("sync", base, () => {
        throw error;
      }),
    ).toThrow(error);
    await expect(telemetry.run("sync", base, async (sync) => sync.run("apply", {}, async () => 7))).resolves.toBe(7);
    expect(reports).toEqual([]);
  });

  it.each<[string, NonNullable<OperationContext["run"]>, failures: number]>([
    ["never calls", () => {}, 0],
    [
      "calls twice",
      (call) => {
        call();
        call();
      },
      0,
    ],
    ["calls too late", (call) => queueMicrotask(call), 0],
    [
      "throws before it calls",
      () => {
        throw new Error("no");
      },
      1,
    ],
    [
      "throws after it called",
      (call) => {
        call();
        throw new Error("no");
      },
      1,
    ],
    [
      "rejects",
      async (call) => {
        call();
        throw new Error("no");
      },
      1,
    ],
  ])("that %s changes nothing for the caller", async (_, run, failures) => {
    const { telemetry, recorder, reports } = attachRunning(run);
    const work = vi.fn((sync: OperationHandle<"sync">) => sync.operation);
    expect(telemetry.run("sync", base, work)).toBe("sync");
    await new Promise((resolve) => setImmediate(resolve));
    expect(work).toHaveBeenCalledTimes(1);
    expect(recorder.ofType("sync_completed")).toHaveLength(1);
    expect(reports.filter(({ kind }) => kind === "subscriber_failed")).toHaveLength(failures);
  });
});
