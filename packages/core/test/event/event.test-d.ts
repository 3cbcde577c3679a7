import { expectTypeOf, test } from "vitest";
import type { AluminiEvent, EventOf, OperationHandle, Telemetry, Trigger } from "../../src/index.js";

declare const telemetry: Telemetry;
declare const event: AluminiEvent;
const base = { repoName: "my-app", namespace: "default" } as const;

test("the contract holds at compile time", () => {
  // Every type, with the least that it needs.
  telemetry.emit("sync_started", { ...base, trigger: "poll" });
  telemetry.emit("sync_completed", { ...base, trigger: "poll", durationMs: 1 });
  telemetry.emit("sync_failed", { ...base, trigger: "poll", durationMs: 1, errorType: "git_error" });
  telemetry.emit("git_fetched", { ...base, durationMs: 1 });
  telemetry.emit("git_cloned", { ...base, durationMs: 1 });
  telemetry.emit("apply_started", base);
  telemetry.emit("apply_completed", { ...base, durationMs: 1 });
  telemetry.emit("apply_failed", { ...base, durationMs: 1, errorType: "an error type of my own" });
  telemetry.emit("drift_detected", { ...base, resourceKey: "Deployment/default/web" });
  telemetry.emit("drift_corrected", { ...base, resourceKey: "Deployment/default/web" });
  telemetry.emit("worker_started", base);
  telemetry.emit("worker_stopped", base);
  telemetry.emit("webhook_received", { ...base, provider: "github" });
  // What isn't known may be passed as undefined.
  telemetry.emit("sync_started", { ...base, trigger: "poll", commit: undefined, severity: undefined });

  // @ts-expect-error missing namespace
  telemetry.emit("sync_started", { repoName: "my-app", trigger: "poll" });
  // @ts-expect-error missing trigger
  telemetry.emit("sync_started", base);
  // @ts-expect-error missing durationMs
  telemetry.emit("sync_completed", { ...base, trigger: "poll" });
  // @ts-expect-error missing errorType
  telemetry.emit("sync_failed", { ...base, trigger: "poll", durationMs: 1 });
  // @ts-expect-error missing provider
  telemetry.emit("webhook_received", base);
  // @ts-expect-error missing resourceKey
  telemetry.emit("drift_detected", base);
  // @ts-expect-error an unknown type
  telemetry.emit("sync_stopped", base);
  // @ts-expect-error an unknown field
  telemetry.emit("apply_started", { ...base, commitSha: "abc" });
  // @ts-expect-error a field of another type
  telemetry.emit("apply_started", { ...base, provider: "github" });
  // @ts-expect-error the emitter's own field
  telemetry.emit("apply_started", { ...base, id: "mine" });
  // @ts-expect-error a wrongly typed field
  telemetry.emit("git_fetched", { ...base, durationMs: "1" });
  // @ts-expect-error an unknown trigger
  telemetry.emit("sync_started", { ...base, trigger: "cron" });
  // @ts-expect-error an unknown provider
  telemetry.emit("webhook_received", { ...base, provider: "gitea" });
  // @ts-expect-error null is not how an unknown field is said
  telemetry.emit("apply_started", { ...base, commit: null });
  // @ts-expect-error an outcome that the type can't have
  telemetry.emit("sync_completed", { ...base, trigger: "poll", durationMs: 1, outcome: "failure" });
  // @ts-expect-error a severity that the type can't have
  telemetry.emit("sync_started", { ...base, trigger: "poll", severity: "critical" });
  // @ts-expect-error an attribute that is no OpenTelemetry value
  telemetry.emit("apply_started", { ...base, attributes: { nested: {} } });
  telemetry.emit("sync_failed", {
    ...base,
    trigger: "poll",
    durationMs: 1,
    errorType: "x",
    outcome: "timeout",
    severity: "critical",
  });
  telemetry.emit("git_fetched", { ...base, durationMs: 1, outcome: "failure" });

  // The union is discriminated by type.
  if (event.type === "webhook_received")
    expectTypeOf(event.provider).toEqualTypeOf<"github" | "gitlab" | "bitbucket" | undefined>();
  if (event.type === "sync_completed") expectTypeOf(event.resourcesApplied).toEqualTypeOf<number | undefined>();
  // @ts-expect-error not on every type
  event.provider;
  // @ts-expect-error events can't be changed
  event.repoName = "changed";
  expectTypeOf<EventOf<"sync_started">["trigger"]>().toEqualTypeOf<Trigger | undefined>();

  telemetry.subscribe({
    name: "two",
    types: ["sync_failed", "apply_failed"],
    handle(failed) {
      expectTypeOf(failed).toEqualTypeOf<EventOf<"sync_failed" | "apply_failed">>();
    },
  });
  // @ts-expect-error an unknown type
  telemetry.subscribe({ name: "none", types: ["nonsense"], handle() {} });
  expectTypeOf(telemetry.subscribe({ name: "all", async handle() {} })).toHaveProperty("unsubscribe");

  telemetry.measure("cache_access", { cacheName: "commits", result: "hit" });
  // @ts-expect-error a wrong result
  telemetry.measure("cache_access", { cacheName: "commits", result: "maybe" });
  // @ts-expect-error a missing field
  telemetry.measure("worker_memory", { repoName: "my-app" });

  const sync = telemetry.start("sync", { ...base, trigger: "manual" });
  // @ts-expect-error git needs to know which operation
  telemetry.start("git", base);
  // @ts-expect-error drift needs its resource
  telemetry.start("drift", base);
  sync.complete({ resourcesApplied: 1, commit: "abc" });
  sync.complete();
  // @ts-expect-error the handle measures the duration
  sync.complete({ durationMs: 1 });
  // @ts-expect-error success has no error type
  sync.complete({ errorType: "git_error" });
  sync.fail(new Error("x"));
  sync.fail({ errorType: "git_error", outcome: "timeout" });
  sync.fail(new Error("x"), { resourcesApplied: 3, severity: "critical" });
  try {
    sync.cancel();
  } catch (thrown) {
    sync.fail(thrown);
    sync.cancel(thrown);
  }
  sync.fail("text");
  sync.fail(undefined);
  // @ts-expect-error a misspelt field is no error
  sync.fail({ errorTyp: "git_error" });
  // @ts-expect-error a misspelt field beside a right one
  sync.fail({ errorType: "git_error", errorMesage: "no" });
  // @ts-expect-error a misspelt detail
  sync.fail(new Error("x"), { resourcesAplied: 3 });
  // @ts-expect-error an outcome that a failure can't have
  sync.fail({ errorType: "git_error", outcome: "success" });
  telemetry.start("sync", { ...base, trigger: "poll", signal: AbortSignal.abort() }).signal?.aborted;
  // @ts-expect-error a signal is none of an event's fields
  telemetry.emit("sync_started", { ...base, trigger: "poll", signal: AbortSignal.abort() });
  const git = sync.start("git", { operation: "fetch" });
  git.complete({ commit: "abc" });
  expectTypeOf(telemetry.run("sync", { ...base, trigger: "poll" }, () => 7)).toEqualTypeOf<number>();
  expectTypeOf(telemetry.run("sync", { ...base, trigger: "poll" }, async () => "x")).toEqualTypeOf<Promise<string>>();
  expectTypeOf(sync.run("apply", {}, (apply) => apply.syncId)).toEqualTypeOf<string | undefined>();
});

test("a handle of one operation is a handle of any, and not the other way round", () => {
  const end = (handle: OperationHandle, error: unknown) => (error ? handle.fail(error) : handle.complete());
  end(telemetry.start("sync", { ...base, trigger: "poll" }), 1);
  end(telemetry.start("git", { ...base, operation: "clone" }), 1);
  end(telemetry.start("apply", base), 1);
  end(telemetry.start("drift", { ...base, resourceKey: "Deployment/default/web" }), 1);
  end(telemetry.start("worker", base), 1);
  const any: OperationHandle = telemetry.start("apply", base);
  // @ts-expect-error it may be a handle of something else
  const sync: OperationHandle<"sync"> = any;
  // @ts-expect-error no operation has such a field
  sync.complete({ commitSha: "abc" });
});
