import { describe, expect, it, vi } from "vitest";
import { FlushError, type Subscriber } from "../../src/index.js";
import { attach } from "../support.js";

const base = { repoName: "my-app", namespace: "default", trigger: "poll" } as const;
const never = () => new Promise<void>(() => {});

async function rejection(promise: Promise<void>): Promise<FlushError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof FlushError)) throw new Error(`not a FlushError: ${error}`);
  return error;
}

describe("flush", () => {
  it("covers everything accepted before the call, the promises of handle included", async () => {
    const { telemetry } = attach();
    const done: number[] = [];
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const flush = vi.fn(() => expect(done).toHaveLength(3));
    const handle = async () => {
      await gate;
      done.push(1);
    };
    telemetry.subscribe({ name: "slow", handle, flush });
    for (let count = 0; count < 3; count++) telemetry.emit("sync_started", base);
    const flushing = telemetry.flush();
    release();
    await flushing;
    expect(flush).toHaveBeenCalledTimes(1);
  });

  it("covers what is queued while a subscriber calls it", async () => {
    const { telemetry } = attach();
    const seen: string[] = [];
    let flushing: Promise<void> | undefined;
    telemetry.subscribe({
      name: "flushing",
      types: ["sync_started"],
      handle() {
        telemetry.emit("git_fetched", { ...base, durationMs: 1 });
        flushing = telemetry.flush();
      },
    });
    telemetry.subscribe({
      name: "batching",
      handle: ({ type }) => void seen.push(type),
      flush: () => void seen.push("flush"),
    });
    telemetry.emit("sync_started", base);
    await flushing;
    expect(seen).toEqual(["sync_started", "git_fetched", "flush"]);
  });

  it("does not wait for what comes after the call", async () => {
    const { telemetry } = attach();
    telemetry.subscribe({ name: "endless", handle: never });
    const flushing = telemetry.flush();
    await flushing;
    telemetry.emit("sync_started", base);
    expect(telemetry.stats().subscribers[1]?.pending).toBe(1);
  });

  it("has one deadline over all subscribers, and says what is left", async () => {
    const { telemetry } = attach();
    const signals: AbortSignal[] = [];
    const stuck = (name: string): Subscriber => ({
      name,
      handle: never,
      flush: (signal) => {
        signals.push(signal);
        return never();
      },
    });
    telemetry.subscribe(stuck("first"));
    telemetry.subscribe({ ...stuck("second"), handle: () => {} });
    const fine = vi.fn();
    telemetry.subscribe({ name: "fine", handle: () => {}, flush: fine });
    telemetry.subscribe({
      name: "failing",
      handle: () => {},
      flush: () => Promise.reject(new Error("broker at nats://user:s3cret@broker:4222 is gone")),
    });
    telemetry.emit("sync_started", base);
    const error = await rejection(telemetry.flush({ timeoutMs: 20 }));
    expect(error.failures).toHaveLength(3);
    expect(error.failures).toEqual(
      expect.arrayContaining([
        { subscriber: "first", phase: "flush", reason: "timeout", error: undefined, pending: 1 },
        { subscriber: "second", phase: "flush", reason: "timeout", error: undefined, pending: 0 },
        { subscriber: "failing", phase: "flush", reason: "error", error: expect.any(Error), pending: 0 },
      ]),
    );
    expect(fine).toHaveBeenCalledTimes(1);
    expect(signals.map((signal) => signal.aborted)).toEqual([true]);
    expect(error.message).toContain('flush of "first": timeout');
    expect(error.message).toContain("nats://broker:4222");
    expect(error.message).not.toContain("s3cret");
  });

  it("survives a flush that throws at once", async () => {
    const { telemetry } = attach();
    const flush = () => {
      throw new Error("no");
    };
    telemetry.subscribe({ name: "failing", handle: () => {}, flush });
    expect((await rejection(telemetry.flush())).failures).toMatchObject([{ reason: "error" }]);
  });

  it("takes deadlines of any size", async () => {
    const { telemetry } = attach();
    for (const timeoutMs of [0, -1, 1e12, Number.POSITIVE_INFINITY])
      await telemetry.flush({ timeoutMs }).catch(() => {});
    await telemetry.flush({ timeoutMs: 1e12 });
  });
});

describe("close", () => {
  it("flushes, then closes, once", async () => {
    const { telemetry } = attach();
    const order: string[] = [];
    telemetry.subscribe({
      name: "ordered",
      handle: () => void order.push("handle"),
      flush: () => void order.push("flush"),
      close: () => void order.push("close"),
    });
    telemetry.emit("sync_started", base);
    const closing = telemetry.close();
    expect(telemetry.close()).toBe(closing);
    await closing;
    await telemetry.close();
    expect(order).toEqual(["handle", "flush", "close"]);
  });

  it("ignores what is emitted afterwards, counted and reported", async () => {
    const { telemetry, recorder, reports } = attach();
    const closing = telemetry.close();
    telemetry.emit("sync_started", base);
    telemetry.measure("worker_count", { count: 1 });
    await closing;
    telemetry.start("sync", base).complete();
    expect(recorder.events).toEqual([]);
    expect(telemetry.stats().afterClose).toBe(4);
    expect(reports).toContainEqual(expect.objectContaining({ kind: "dropped", reason: "closed" }));
  });

  it("closes also those that could not be flushed, and says all", async () => {
    const { telemetry } = attach();
    const close = vi.fn(never);
    telemetry.subscribe({ name: "stuck", handle: () => {}, flush: never, close });
    const error = await rejection(telemetry.close({ timeoutMs: 20 }));
    expect(close).toHaveBeenCalledTimes(1);
    expect(error.failures.map(({ phase, reason }) => [phase, reason])).toEqual([
      ["flush", "timeout"],
      ["close", "timeout"],
    ]);
  });

  it("is what `await using` does", async () => {
    const close = vi.fn();
    {
      await using telemetry = attach().telemetry;
      telemetry.subscribe({ name: "scoped", handle: () => {}, close });
    }
    expect(close).toHaveBeenCalledTimes(1);
  });

  it("leaves those alone that were unsubscribed", async () => {
    const { telemetry } = attach();
    const close = vi.fn();
    telemetry.subscribe({ name: "gone", handle: () => {}, close }).unsubscribe();
    await telemetry.close();
    expect(close).not.toHaveBeenCalled();
  });
});
