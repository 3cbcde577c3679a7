import { describe, expect, it, vi } from "vitest";
import { type AluminiEvent, FlushError } from "../../src/index.js";
import { sampleEvents } from "../../src/testing/index.js";
import { attach } from "../support.js";

const base = { repoName: "my-app", namespace: "default", trigger: "poll" } as const;
const failures = (work: Promise<void>) =>
  work.then(
    () => "stored",
    (error: unknown) => (error instanceof FlushError ? error.failures.map(({ subscriber }) => subscriber) : error),
  );

describe("stored", () => {
  it("asks the subscribers that keep events, once what they were handed is settled", async () => {
    const { telemetry } = attach();
    const order: string[] = [];
    telemetry.subscribe({
      name: "history",
      handle: async () => {
        await undefined;
        order.push("handled");
      },
      stored: () => void order.push("stored"),
      flush: () => void order.push("flushed"),
    });
    const flush = vi.fn();
    telemetry.subscribe({ name: "metrics", handle() {}, flush });
    telemetry.emit("sync_started", base);
    await telemetry.stored();
    expect(order).toEqual(["handled", "stored"]);
    expect(flush).not.toHaveBeenCalled();
  });

  it("asks only those that are named, and flushes a named one without stored", async () => {
    const { telemetry } = attach();
    const asked: string[] = [];
    telemetry.subscribe({ name: "a", handle() {}, stored: () => void asked.push("a") });
    telemetry.subscribe({ name: "b", handle() {}, stored: () => void asked.push("b") });
    telemetry.subscribe({ name: "c", handle() {}, flush: () => void asked.push("c") });
    await telemetry.stored({ subscribers: ["b", "c"] });
    expect(asked).toEqual(["b", "c"]);
  });

  it("rejects when one says no, is too slow, was detached, or is not there", async () => {
    const { telemetry } = attach({ maxConsecutiveFailures: 1 });
    const no = () => Promise.reject(new Error("disk full"));
    telemetry.subscribe({ name: "full", handle() {}, stored: no });
    telemetry.subscribe({ name: "slow", handle() {}, stored: () => new Promise<void>(() => {}) });
    const handle = () => {
      throw new Error("broken");
    };
    telemetry.subscribe({ name: "detached", handle, stored() {} });
    telemetry.emit("sync_started", base);
    expect(await failures(telemetry.stored({ timeoutMs: 1 }))).toEqual(
      expect.arrayContaining(["full", "slow", "detached"]),
    );
    expect(await failures(telemetry.stored({ subscribers: ["nobody"] }))).toEqual(["nobody"]);
    expect(await failures(telemetry.stored({ subscribers: [] }))).toBe("stored");
  });

  it("waits for the given events alone where no more is asked", async () => {
    const { telemetry } = attach();
    const open = new Map<string, (error?: Error) => void>();
    const asked: (readonly string[] | undefined)[] = [];
    telemetry.subscribe({
      name: "history",
      handle: ({ id }) =>
        new Promise<void>((resolve, reject) => open.set(id, (error) => (error ? reject(error) : resolve()))),
      stored: (_signal, eventIds) => void asked.push(eventIds),
    });
    const [first, second] = sampleEvents();
    if (first === undefined || second === undefined) throw new Error("there are no samples");
    telemetry.relay(first);
    telemetry.relay(second);
    const only = (event: AluminiEvent) => failures(telemetry.stored({ eventIds: [event.id], eventsOnly: true }));
    const [storedFirst, storedSecond] = [only(first), only(second)];
    const everything = failures(telemetry.stored({ eventIds: [first.id] }));
    open.get(first.id)?.();
    expect(await storedFirst).toBe("stored");
    expect(asked).toEqual([[first.id]]);
    open.get(second.id)?.(new Error("disk full"));
    expect(await storedSecond).toEqual(["history"]);
    expect(await everything).toBe("stored");
    expect(asked).toEqual([[first.id], [second.id], undefined]);
    // What is not remembered might be any of those under way.
    telemetry.relay({ ...first, id: "another" });
    const unknown = failures(telemetry.stored({ eventIds: ["forgotten"], eventsOnly: true, timeoutMs: 1 }));
    expect(await unknown).toEqual(["history"]);
  });

  it("gives the signal of its deadline", async () => {
    const { telemetry } = attach();
    const stored = (signal?: AbortSignal) =>
      new Promise<void>((_, reject) => signal?.addEventListener("abort", () => reject(new Error("aborted"))));
    telemetry.subscribe({ name: "polite", handle() {}, stored });
    await expect(telemetry.stored({ timeoutMs: 1 })).rejects.toThrow(/stored of "polite": (Error: aborted|timeout)/);
  });
});
