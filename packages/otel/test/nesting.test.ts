import { context, createContextKey, trace } from "@opentelemetry/api";
import { beforeAll, describe, expect, it } from "vitest";
import { attachOtel, base, paths, useAsyncContext } from "./support.js";

beforeAll(useAsyncContext);

const MINE = createContextKey("mine");

describe("within a span of the user's own that is around everything", () => {
  it("steps belong to their sync, which nobody activated", () => {
    const { telemetry, spans, tracerProvider } = attachOtel();
    tracerProvider.getTracer("mine").startActiveSpan("reconcile", (outer) => {
      const sync = telemetry.start("sync", base);
      sync.start("git", { operation: "fetch" }).complete();
      const apply = sync.start("apply", {});
      apply.start("git", { operation: "clone" }).complete();
      apply.complete();
      sync.complete();
      outer.end();
    });
    const sync = "reconcile > SYNC my-app";
    expect(paths(spans())).toEqual([
      `${sync} > git fetch`,
      `${sync} > apply > git clone`,
      `${sync} > apply`,
      sync,
      "reconcile",
    ]);
  });

  it("steps that are emitted belong to the sync that was", () => {
    const { telemetry, spans, tracerProvider } = attachOtel();
    const fields = { ...base, syncId: "1" };
    tracerProvider.getTracer("mine").startActiveSpan("reconcile", (outer) => {
      telemetry.emit("sync_started", fields);
      telemetry.emit("git_fetched", { ...fields, durationMs: 1 });
      telemetry.emit("sync_completed", { ...fields, durationMs: 2 });
      outer.end();
    });
    const sync = "reconcile > SYNC my-app";
    expect(paths(spans())).toEqual([`${sync} > git fetch`, sync, "reconcile"]);
  });

  it("a sync that starts another keeps its own steps", () => {
    const { telemetry, spans } = attachOtel();
    telemetry.run("sync", base, (sync) => {
      const other = telemetry.start("sync", { ...base, repoName: "other" });
      other.run("git", { operation: "fetch" }, () => sync.start("apply", {}).complete());
      other.complete();
    });
    const other = "SYNC my-app > SYNC other";
    expect(paths(spans())).toEqual([`SYNC my-app > apply`, `${other} > git fetch`, other, "SYNC my-app"]);
  });
});

describe("within a span of the user's own in a sync", () => {
  it("operations nest, and keep whatever else the user made active", () => {
    const { telemetry, spans, tracerProvider } = attachOtel();
    const mine = tracerProvider.getTracer("mine");
    const seen: unknown[] = [];
    const work = () => {
      seen.push(context.active().getValue(MINE));
      mine.startSpan("PATCH").end();
    };
    telemetry.run("sync", base, (sync) =>
      mine.startActiveSpan("prepare", (prepare) => {
        context.with(context.active().setValue(MINE, "kept"), () => {
          sync.run("drift", { resourceKey: "a/b" }, work);
          sync.run("apply", {}, work);
        });
        prepare.end();
      }),
    );
    const prepare = "SYNC my-app > prepare";
    expect(paths(spans())).toEqual([
      `${prepare} > PATCH`,
      `${prepare} > apply > PATCH`,
      `${prepare} > apply`,
      prepare,
      "SYNC my-app",
    ]);
    expect(seen).toEqual(["kept", "kept"]);
    expect(context.active().getValue(MINE)).toBeUndefined();
    expect(trace.getActiveSpan()).toBeUndefined();
  });
});

describe("ids that the caller gives more than once", () => {
  it("name the parent of steps under way at the same time, none of which is lost", () => {
    const { telemetry, spans, otel, tracerProvider } = attachOtel();
    tracerProvider.getTracer("http").startActiveSpan("request", (request) => {
      const { traceId, spanId } = request.spanContext();
      const applies = ["a", "a", "b"].map((repoName) =>
        telemetry.start("apply", { ...base, repoName, branch: `of-${repoName}`, traceId, spanId }),
      );
      for (const apply of applies.toReversed()) apply.complete();
      request.end();
    });
    expect(paths(spans())).toEqual(["request > apply", "request > apply", "request > apply", "request"]);
    expect(spans().map(({ attributes }) => attributes["alumiini.repo.branch"])).toEqual([
      "of-b",
      "of-a",
      "of-a",
      undefined,
    ]);
    expect(otel.stats()).toMatchObject({ openSpans: 0, orphans: 0 });
  });

  it("are those of a sync in one repository, whatever another calls its own", async () => {
    const { telemetry, spans, otel, points } = attachOtel();
    const [one, two] = ["one", "two"].map((repoName) => telemetry.start("sync", { ...base, repoName, syncId: "1" }));
    expect((await points("cicd.pipeline.run.active")).map(({ value }) => value)).toEqual([1, 1]);
    two?.start("apply", {}).complete();
    one?.complete();
    two?.complete();
    expect(paths(spans())).toEqual(["SYNC two > apply", "SYNC one", "SYNC two"]);
    expect(otel.stats()).toMatchObject({ openSpans: 0, orphans: 0 });
    expect((await points("cicd.pipeline.run.active")).map(({ value }) => value)).toEqual([0, 0]);
  });
});
