import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { beforeAll, describe, expect, it } from "vitest";
import { contextFor } from "../src/index.js";
import { attachOtel, base, first, paths, stoppedClock, useAsyncContext } from "./support.js";

beforeAll(useAsyncContext);

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

describe("a sync that runs as an operation", () => {
  it("is one trace: the sync, and each step in it", async () => {
    const { telemetry, spans } = attachOtel();
    await telemetry.run("sync", base, async (sync) => {
      await sync.run("git", { operation: "clone" }, async () => {});
      await sync.run("apply", {}, async (apply) => apply.start("drift", { resourceKey: "a/b" }).complete());
    });
    expect(paths(spans())).toEqual(["SYNC my-app > git clone", "SYNC my-app > apply", "SYNC my-app"]);
    expect(spans().map(({ kind }) => kind)).toEqual([SpanKind.INTERNAL, SpanKind.INTERNAL, SpanKind.SERVER]);
  });

  it("has the ADR's attributes and the conventions' beside them", () => {
    const { telemetry, spans } = attachOtel();
    const repoUrl = "https://token@github.com/org/my-app.git";
    const sync = telemetry.start("sync", { ...base, branch: "main", repoUrl, repoPath: "deploy/", syncId: "s-1" });
    sync.start("apply", {}).complete({ commit: "4f2a91c", resources: [{ kind: "Service", name: "a" }] });
    sync.complete({ commit: "4f2a91c", resourcesApplied: 5, attributes: { "team.name": "a" } });
    const [apply, synced] = spans();
    expect(synced?.attributes).toEqual({
      "alumiini.event.id": expect.stringMatching(/^[0-9A-Z]{26}$/),
      "alumiini.event.type": "sync_completed",
      "alumiini.event.outcome": "success",
      "alumiini.repo.name": "my-app",
      "alumiini.repo.namespace": "default",
      "alumiini.repo.url": "https://github.com/org/my-app.git",
      "alumiini.repo.branch": "main",
      "alumiini.repo.commit": "4f2a91c",
      "alumiini.repo.path": "deploy/",
      "alumiini.sync.trigger": "poll",
      "alumiini.sync.id": "s-1",
      "alumiini.sync.duration_ms": expect.any(Number),
      "alumiini.sync.resources_applied": 5,
      "cicd.pipeline.action.name": "SYNC",
      "cicd.pipeline.name": "my-app",
      "cicd.pipeline.run.id": "s-1",
      "cicd.pipeline.result": "success",
      "k8s.cluster.name": "prod-us-east",
      "team.name": "a",
      "vcs.owner.name": "org",
      "vcs.provider.name": "github",
      "vcs.ref.head.name": "main",
      "vcs.ref.head.revision": "4f2a91c",
      "vcs.ref.type": "branch",
      "vcs.repository.name": "my-app",
      "vcs.repository.url.full": "https://github.com/org/my-app",
    });
    expect(apply?.attributes).toMatchObject({
      "alumiini.apply.duration_ms": expect.any(Number),
      "alumiini.resources": ["Service/a"],
      "cicd.pipeline.run.id": "s-1",
      "cicd.pipeline.task.name": "apply",
      "cicd.pipeline.task.type": "deploy",
      "cicd.pipeline.task.run.id": apply?.attributes["alumiini.event.id"],
      "cicd.pipeline.task.run.result": "success",
    });
    expect(synced?.status).toEqual({ code: SpanStatusCode.UNSET });
  });

  it("tells a sampler what it is before it is sampled", () => {
    const seen: unknown[] = [];
    const { telemetry } = attachOtel({
      tracerProvider: {
        getTracer: () => ({
          startSpan(name, options) {
            seen.push([name, options?.attributes?.["cicd.pipeline.name"], options?.attributes?.["vcs.ref.head.name"]]);
            return trace.wrapSpanContext({ traceId: TRACE, spanId: SPAN, traceFlags: 0 });
          },
          startActiveSpan: () => {
            throw new Error("not used");
          },
        }),
      },
    });
    telemetry.start("sync", { ...base, branch: "main" }).complete();
    expect(seen).toEqual([["SYNC my-app", "my-app", "main"]]);
  });

  it.each([
    [{ errorType: "git_error", errorMessage: "gone" }, "failure", "git_error", "gone"],
    [{ errorType: "git_timeout" }, "timeout", "git_timeout", "git_timeout"],
    [{ errorType: "odd", outcome: "unknown" as const }, "error", "odd", "odd"],
  ])("says how it failed: %o", (fields, result, errorType, message) => {
    const { telemetry, spans } = attachOtel();
    telemetry.start("sync", base).fail(fields);
    const { attributes, status } = first(spans());
    expect(attributes).toMatchObject({ "cicd.pipeline.result": result, "error.type": errorType });
    expect(attributes).not.toHaveProperty("error.message");
    expect(status).toEqual({ code: SpanStatusCode.ERROR, message });
  });

  it("is no failure where it was cancelled", () => {
    const { telemetry, spans, logs } = attachOtel();
    const sync = telemetry.start("sync", base);
    sync.start("apply", {}).fail({ errorType: "cancelled" });
    sync.fail({ errorType: "cancelled" });
    const [apply, run] = spans();
    expect(apply?.attributes).toMatchObject({ "cicd.pipeline.task.run.result": "cancellation" });
    expect(run?.attributes).toMatchObject({ "cicd.pipeline.result": "cancellation" });
    for (const { attributes, status } of spans()) {
      expect(attributes).not.toHaveProperty("error.type");
      expect(status).toEqual({ code: SpanStatusCode.UNSET });
    }
    expect(logs()).toEqual([]);
  });

  it("lasts as long as the monotonic clock says, though the wall clock is set back", () => {
    const { time, clock } = stoppedClock();
    const { telemetry, spans } = attachOtel({}, { clock });
    const sync = telemetry.start("sync", base);
    time.now -= 3_600_000;
    time.monotonic += 1500;
    sync.complete();
    const span = first(spans());
    expect(span.startTime).toEqual([Date.UTC(2024, 11, 16, 12) / 1000, 0]);
    expect(span.duration).toEqual([1, 500_000_000]);
  });

  it("puts its ids on its events, and each step's on the step's", () => {
    const { telemetry, spans } = attachOtel();
    const ids: unknown[] = [];
    telemetry.subscribe({ name: "ids", handle: ({ type, traceId, spanId }) => void ids.push([type, traceId, spanId]) });
    const sync = telemetry.start("sync", base);
    sync.start("git", { operation: "fetch" }).complete();
    sync.complete();
    const [git, synced] = spans().map((span) => span.spanContext());
    expect(ids).toEqual([
      ["sync_started", synced?.traceId, synced?.spanId],
      ["git_fetched", git?.traceId, git?.spanId],
      ["sync_completed", synced?.traceId, synced?.spanId],
    ]);
  });

  it("is active within run, through every await, and in contextFor without", async () => {
    const { telemetry, spans, tracerProvider } = attachOtel();
    const http = tracerProvider.getTracer("http");
    await telemetry.run("sync", base, async (sync) => {
      await Promise.resolve();
      http.startSpan("GET").end();
      await sync.run("git", { operation: "fetch" }, async () => {
        await new Promise((resolve) => setImmediate(resolve));
        http.startSpan("POST").end();
      });
      sync.run("drift", { resourceKey: "a/b" }, () => http.startSpan("PATCH").end());
    });
    const worker = telemetry.start("worker", base);
    const apply = telemetry.start("apply", base);
    context.with(contextFor(apply), () => http.startSpan("PUT").end());
    expect(contextFor(worker)).toBe(context.active());
    apply.complete();
    worker.complete();
    expect(paths(spans())).toEqual([
      "SYNC my-app > GET",
      "SYNC my-app > git fetch > POST",
      "SYNC my-app > git fetch",
      "SYNC my-app > PATCH",
      "SYNC my-app",
      "apply > PUT",
      "apply",
    ]);
  });

  it("is found again though its id is none", () => {
    const { telemetry, spans, otel } = attachOtel();
    for (const repoName of ["a", "b"]) {
      telemetry.run("sync", { ...base, repoName, syncId: 7 as never }, (sync) => sync.run("apply", {}, () => {}));
    }
    expect(paths(spans())).toEqual(["SYNC a > apply", "SYNC a", "SYNC b > apply", "SYNC b"]);
    expect(otel.stats()).toMatchObject({ openSpans: 0, orphans: 0 });
  });

  it("nests in a span of the user's own that is active", async () => {
    const { telemetry, spans, tracerProvider } = attachOtel();
    const mine = tracerProvider.getTracer("mine");
    await mine.startActiveSpan("reconcile", async (outer) => {
      await telemetry.run("sync", base, (sync) =>
        mine.startActiveSpan("prepare", async (inner) => {
          await sync.run("git", { operation: "fetch" }, async () => {});
          inner.end();
        }),
      );
      outer.end();
    });
    expect(paths(spans()).sort()).toEqual([
      "reconcile",
      "reconcile > SYNC my-app",
      "reconcile > SYNC my-app > prepare",
      "reconcile > SYNC my-app > prepare > git fetch",
    ]);
  });

  it("is a root where the span that is active has ended, and a child of the ids that the caller gives", () => {
    const { telemetry, spans, tracerProvider } = attachOtel();
    tracerProvider.getTracer("mine").startActiveSpan("request", (request) => {
      request.end();
      telemetry.start("sync", base).complete();
    });
    telemetry.start("sync", { ...base, traceId: TRACE, spanId: SPAN }).complete();
    expect(spans()[1]?.parentSpanContext).toBeUndefined();
    expect(spans()[2]?.parentSpanContext).toMatchObject({ traceId: TRACE, spanId: SPAN, isRemote: true });
  });
});
