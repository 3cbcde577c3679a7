import { describe, expect, it, vi } from "vitest";
import { attach, expectConservation } from "../support.js";

const base = { repoName: "my-app", namespace: "default", trigger: "poll" } as const;
describe("subscribe", () => {
  it("delivers only the types asked for, in the order of subscription", () => {
    const { telemetry } = attach();
    const seen: string[] = [];
    telemetry.subscribe({ name: "a", handle: (event) => void seen.push(`a ${event.type}`) });
    telemetry.subscribe({ name: "b", types: ["git_cloned"], handle: (event) => void seen.push(`b ${event.type}`) });
    telemetry.emit("sync_started", base);
    telemetry.emit("git_cloned", { ...base, durationMs: 1 });
    expect(seen).toEqual(["a sync_started", "a git_cloned", "b git_cloned"]);
  });

  it("calls the methods on the subscriber itself", async () => {
    class Counting {
      readonly name = "counting";
      count = 0;
      handle() {
        this.count++;
      }
      measure() {
        this.count++;
      }
      flush() {
        this.count++;
      }
      close() {
        this.count++;
      }
    }
    const { telemetry } = attach();
    const counting = new Counting();
    telemetry.subscribe(counting);
    telemetry.emit("sync_started", base);
    telemetry.measure("worker_count", { count: 1 });
    await telemetry.close();
    expect(counting.count).toBe(4);
  });

  it("never shows one subscriber what another did to the event", () => {
    const { telemetry, recorder, reports } = attach();
    telemetry.subscribe({ name: "vandal", handle: (event) => void Object.assign(event, { repoName: "changed" }) });
    const seen = vi.fn();
    telemetry.subscribe({ name: "after", handle: (event) => seen(event.repoName) });
    telemetry.emit("sync_started", base);
    expect(seen).toHaveBeenCalledWith("my-app");
    expect(recorder.events[0]?.repoName).toBe("my-app");
    expect(reports).toMatchObject([{ kind: "subscriber_failed", subscriber: "vandal", error: expect.any(TypeError) }]);
  });

  it("refuses what is no subscriber", () => {
    const { telemetry } = attach();
    const handle = () => {};
    for (const wrong of [
      {},
      { name: "x" },
      { name: "", handle },
      { name: Symbol("x"), handle },
      { name: "x", handle: 7 },
      { name: "x", handle, types: ["sync_stopped"] },
      { name: "x", handle, types: "sync_started" },
      { name: "x", handle, types: {} },
    ]) {
      expect(() => telemetry.subscribe(wrong as never)).toThrow(TypeError);
    }
  });

  it("asks for the types once", () => {
    const { telemetry, recorder } = attach({ maxConsecutiveFailures: 1 });
    let asked = 0;
    telemetry.subscribe({
      name: "fickle",
      get types() {
        if (asked++ > 1) throw new Error("no more");
        return ["sync_started"] as const;
      },
      handle() {
        throw new Error("no");
      },
    });
    for (let count = 0; count < 3; count++) telemetry.emit("sync_started", base);
    expect(recorder.events).toHaveLength(3);
  });

  it("takes ten thousand, and lets them go", () => {
    const { telemetry } = attach();
    const handle = vi.fn();
    const all = Array.from({ length: 10_000 }, (_, index) => telemetry.subscribe({ name: `${index}`, handle }));
    telemetry.emit("sync_started", base);
    expect(handle).toHaveBeenCalledTimes(10_000);
    for (const each of all.slice(0, 1000)) each.unsubscribe();
    telemetry.emit("sync_started", base);
    expect(handle).toHaveBeenCalledTimes(19_000);
  });

  it("detaches with `using`", () => {
    const { telemetry } = attach();
    const handle = vi.fn();
    {
      using subscription = telemetry.subscribe({ name: "scoped", handle });
      telemetry.emit("sync_started", base);
      expect(subscription.active).toBe(true);
    }
    telemetry.emit("sync_started", base);
    expect(handle).toHaveBeenCalledTimes(1);
  });

  it("allows to unsubscribe and subscribe while an event is published", () => {
    const { telemetry } = attach();
    const seen: string[] = [];
    const first = telemetry.subscribe({
      name: "first",
      handle() {
        seen.push("first");
        first.unsubscribe();
        second.unsubscribe();
        telemetry.subscribe({ name: "new", handle: () => void seen.push("new") });
      },
    });
    const second = telemetry.subscribe({ name: "second", handle: () => void seen.push("second") });
    telemetry.subscribe({ name: "third", handle: () => void seen.push("third") });
    telemetry.emit("sync_started", base);
    expect(seen).toEqual(["first", "third"]);
    expect(second.stats()).toMatchObject({ active: false, accepted: 1, dropped: { unsubscribed: 1 } });
    expectConservation(second);
    telemetry.emit("sync_started", base);
    expect(seen).toEqual(["first", "third", "third", "new"]);
  });
});

describe("an emit within a subscriber", () => {
  it("is queued behind the event being published, so that all see the same order", () => {
    const { telemetry, recorder } = attach();
    telemetry.subscribe({
      name: "reacting",
      types: ["sync_failed"],
      handle: () => telemetry.emit("drift_detected", { ...base, resourceKey: "Deployment/default/web" }),
    });
    const late: string[] = [];
    telemetry.subscribe({ name: "late", handle: (event) => void late.push(event.type) });
    telemetry.emit("sync_failed", { ...base, durationMs: 1, errorType: "git_error" });
    expect(late).toEqual(["sync_failed", "drift_detected"]);
    expect(recorder.events.map((event) => event.type)).toEqual(late);
  });

  it("is cut off when it feeds itself, and reported", () => {
    const { telemetry, recorder, reports } = attach();
    const feeding = telemetry.subscribe({ name: "feeding", handle: () => telemetry.emit("sync_started", base) });
    telemetry.emit("sync_started", base);
    expect(recorder.events).toHaveLength(17);
    expect(reports).toMatchObject([{ kind: "dropped", reason: "feedback" }]);
    expect(feeding.stats().dropped.feedback).toBe(1);
    expectConservation(feeding);
    telemetry.emit("sync_started", base);
    expect(recorder.events).toHaveLength(34);
  });

  it("is cut off when it multiplies", () => {
    const { telemetry, recorder } = attach();
    const doubling = telemetry.subscribe({
      name: "doubling",
      handle() {
        telemetry.emit("sync_started", base);
        telemetry.emit("sync_started", base);
      },
    });
    telemetry.emit("sync_started", base);
    expect(recorder.events.length).toBeLessThanOrEqual(1001);
    expectConservation(doubling);
  });
});
