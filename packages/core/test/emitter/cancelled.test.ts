import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { isCancelled } from "../../src/index.js";
import { attach } from "../support.js";

const base = { repoName: "my-app", namespace: "default", trigger: "poll" } as const;
const cancelled = { errorType: "cancelled", outcome: "unknown", severity: "info" };

describe("an operation whose signal has aborted", () => {
  it("is cancelled when it fails, whatever the error says, and so are its children", async () => {
    const { telemetry, recorder } = attach();
    const shutdown = new AbortController();
    const error = new Error("signal SIGTERM");
    const syncing = telemetry.run("sync", { ...base, signal: shutdown.signal }, (sync) =>
      sync.run("git", { operation: "fetch" }, async (git) => {
        expect(git.signal).toBe(shutdown.signal);
        shutdown.abort(new Error("rollout"));
        throw error;
      }),
    );
    await expect(syncing).rejects.toBe(error);
    expect(recorder.ofType("git_fetched")).toMatchObject([{ ...cancelled, errorMessage: "signal SIGTERM" }]);
    expect(recorder.ofType("sync_failed")).toMatchObject([cancelled]);
    expect(recorder.events.map(isCancelled)).toEqual([false, true, true]);
  });

  it("is cancelled when a child process is killed for it, as in a rollout", async () => {
    const { telemetry, recorder } = attach();
    const shutdown = new AbortController();
    const fetching = telemetry.run("git", { ...base, operation: "fetch", signal: shutdown.signal }, ({ signal }) => {
      const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { signal });
      return new Promise((_, reject) => child.on("error", reject).on("spawn", () => shutdown.abort()));
    });
    await expect(fetching).rejects.toThrow();
    expect(recorder.ofType("git_fetched")).toMatchObject([cancelled]);
  });

  it("has completed when it completes all the same", () => {
    const { telemetry, recorder } = attach();
    telemetry.start("sync", { ...base, signal: AbortSignal.abort() }).complete();
    expect(recorder.ofType("sync_completed")).toHaveLength(1);
  });

  it("has timed out where a timeout aborted it", () => {
    const { telemetry, recorder } = attach();
    const signal = AbortSignal.abort(new DOMException("too slow", "TimeoutError"));
    telemetry.start("git", { ...base, operation: "fetch", signal }).fail(new Error("aborted"));
    expect(recorder.ofType("git_fetched")).toMatchObject([{ errorType: "git_timeout", outcome: "timeout" }]);
  });

  it("has failed with what the caller's classification or fields say", () => {
    const { telemetry, recorder } = attach({ classifyError: (error) => (error === "quota" ? "quota" : undefined) });
    const fields = { ...base, signal: AbortSignal.abort() };
    telemetry.start("sync", fields).fail("quota");
    telemetry.start("sync", fields).fail({ errorType: "parse_error" });
    expect(recorder.ofType("sync_failed").map((event) => event.errorType)).toEqual(["quota", "parse_error"]);
  });

  it("is nothing that the event shows", () => {
    const { telemetry, recorder, reports } = attach();
    telemetry.start("sync", { ...base, signal: new AbortController().signal }).complete();
    telemetry.start("sync", { ...base, signal: "no signal" as never }).fail(new Error("x"));
    for (const event of recorder.events) expect(event).not.toHaveProperty("signal");
    expect(recorder.ofType("sync_failed")).toMatchObject([{ errorType: "sync_error" }]);
    expect(reports).toEqual([]);
  });
});

describe("cancel", () => {
  it("ends the operation as cancelled, with what the reason says", () => {
    const { telemetry, recorder, reports } = attach();
    const sync = telemetry.start("sync", base);
    sync.start("apply", {}).cancel(new Error("rollout"));
    sync.cancel();
    expect(recorder.ofType("apply_failed")).toMatchObject([{ ...cancelled, errorMessage: "rollout" }]);
    expect(recorder.ofType("sync_failed")).toMatchObject([cancelled]);
    sync.cancel();
    expect(reports).toMatchObject([{ kind: "operation_ended_twice" }]);
  });
});

describe("fail", () => {
  it("puts details over what the error says", () => {
    const { telemetry, recorder } = attach();
    telemetry.start("sync", base).fail(new Error("no"), { resourcesApplied: 3, severity: "critical" });
    expect(recorder.ofType("sync_failed")).toMatchObject([
      { errorType: "sync_error", errorMessage: "no", resourcesApplied: 3, severity: "critical" },
    ]);
  });

  it("is not stopped by details that throw", () => {
    const { telemetry, recorder } = attach();
    const details = Object.defineProperty({}, "commit", {
      enumerable: true,
      get() {
        throw new Error("no");
      },
    });
    telemetry.start("sync", base).fail(new Error("x"), details);
    expect(recorder.ofType("sync_failed")).toMatchObject([{ errorMessage: "x" }]);
  });

  it("takes a thrown object with a message for an error, though it says an errorType", () => {
    const { telemetry, recorder } = attach();
    telemetry.start("sync", base).fail({ errorType: "quota", message: "full" } as never);
    expect(recorder.ofType("sync_failed")).toMatchObject([{ errorType: "quota" }]);
  });
});

describe("complete", () => {
  it("merges its attributes with the start's", () => {
    const { telemetry, recorder } = attach();
    telemetry.start("sync", { ...base, attributes: { a: 1, b: 1 } }).complete({ attributes: { b: 2, c: 2 } });
    telemetry.start("sync", { ...base, attributes: { a: 1 } }).complete();
    expect(recorder.ofType("sync_completed").map((event) => event.attributes)).toEqual([
      { a: 1, b: 2, c: 2 },
      { a: 1 },
    ]);
  });

  it("does not give one commit the time of another", () => {
    const { telemetry, recorder } = attach();
    const first = { ...base, commit: "old", committedAt: 1000 };
    telemetry.start("sync", first).complete({ commit: "new" });
    telemetry.start("sync", first).complete({ commit: "old" });
    telemetry.start("sync", first).complete({ commit: "new", committedAt: 2000 });
    expect(recorder.ofType("sync_completed").map((event) => event.committedAt)).toEqual([undefined, 1000, 2000]);
  });
});

describe("run", () => {
  it("leaves the end to a generator, which has not run when it is returned", async () => {
    const { telemetry, recorder, reports } = attach();
    const steps = telemetry.run("sync", base, function* (sync) {
      yield 1;
      sync.complete({ resourcesApplied: 2 });
    });
    expect(recorder.ofType("sync_completed")).toEqual([]);
    expect([...steps]).toEqual([1]);
    expect(recorder.ofType("sync_completed")).toMatchObject([{ resourcesApplied: 2 }]);
    telemetry.run("sync", base, async function* () {
      yield 1;
    });
    await telemetry.close();
    expect(reports).toMatchObject([{ kind: "operation_never_ended", operation: "sync" }]);
  });

  it("never throws because of what the function returned", () => {
    const { telemetry, recorder } = attach();
    const fails = () => {
      throw new Error("no");
    };
    const hostile = new Proxy({}, { get: fails });
    expect(telemetry.run("sync", base, () => hostile)).toBe(hostile);
    expect(recorder.ofType("sync_completed")).toHaveLength(1);
  });
});

describe("subscribe after close", () => {
  it("says so, and attaches nobody", async () => {
    const { telemetry, reports } = attach();
    await telemetry.close();
    const subscription = telemetry.subscribe({ name: "late", handle() {} });
    expect(subscription.active).toBe(false);
    expect(telemetry.stats().subscribers.map(({ name }) => name)).toEqual(["recorder"]);
    expect(reports).toMatchObject([{ kind: "subscribed_after_close", subscriber: "late" }]);
  });
});
