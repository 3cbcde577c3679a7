import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { attachOtel, base, paths, useAsyncContext } from "./support.js";

beforeAll(useAsyncContext);

describe("200 syncs at once", () => {
  /** The step in which a sync of this number crashes, if it does. */
  const crashIn = (index: number) => (["git", "apply", undefined, undefined] as const)[index % 4];

  it("never mix, whether they end, fail or crash", async () => {
    const { telemetry, spans, otel, points, tracerProvider } = attachOtel();
    const http = tracerProvider.getTracer("http");
    const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
    const step = async (index: number, name: string) => {
      for (let turns = 0; turns < index % 5; turns++) await turn();
      http.startSpan(`call of app-${index}`).end();
      if (crashIn(index) === name) throw new Error(`${name} of app-${index}`);
    };
    const syncs = Array.from({ length: 200 }, (_, index) =>
      telemetry.run("sync", { ...base, repoName: `app-${index}` }, async (sync) => {
        await sync.run("git", { operation: "fetch" }, () => step(index, "git"));
        await sync.run("apply", {}, () => step(index, "apply"));
      }),
    );
    const results = await Promise.allSettled(syncs);
    expect(results.filter(({ status }) => status === "rejected")).toHaveLength(100);

    const expected = results.flatMap((_, index) => {
      const [sync, call] = [`SYNC app-${index}`, `call of app-${index}`];
      const git = [`${sync} > git fetch > ${call}`, `${sync} > git fetch`];
      const apply = crashIn(index) === "git" ? [] : [`${sync} > apply > ${call}`, `${sync} > apply`];
      return [...git, ...apply, sync];
    });
    expect(paths(spans()).sort()).toEqual(expected.sort());
    const repositories = spans().map(
      ({ name, attributes }) => attributes["alumiini.repo.name"] ?? name.replace("call of ", ""),
    );
    const joined = new Set(spans().map((span, index) => `${span.spanContext().traceId} ${repositories[index]}`));
    expect(joined.size).toBe(200);
    expect(otel.stats()).toMatchObject({ openSpans: 0, orphans: 0 });
    const active = await points("cicd.pipeline.run.active");
    expect(active).toHaveLength(200);
    expect(active.every(({ value }) => value === 0)).toBe(true);
  });
});

describe("what never ends", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
  afterEach(() => void vi.useRealTimers());

  it("is ended when it is too old, and counted", async () => {
    const { telemetry, spans, otel, points } = attachOtel({ orphanTimeoutMs: 60_000 });
    const crashed = telemetry.start("sync", base);
    crashed.start("git", { operation: "fetch" });
    telemetry.emit("sync_started", { ...base, syncId: "emitted" });
    vi.advanceTimersByTime(60_001);
    telemetry.start("sync", { ...base, repoName: "other" }).complete();
    expect(spans().map(({ name, attributes }) => [name, attributes["alumiini.orphan"]])).toEqual([
      ["SYNC my-app", "timeout"],
      ["git fetch", "timeout"],
      ["SYNC my-app", "timeout"],
      ["SYNC other", undefined],
    ]);
    expect(spans()[0]?.attributes).toMatchObject({ "cicd.pipeline.result": "error", "error.type": "orphan" });
    // What the conventions require of a task, though no event came to tell it.
    expect(spans()[1]?.attributes).toMatchObject({
      "cicd.pipeline.task.name": "git fetch",
      "cicd.pipeline.task.run.id": spans()[1]?.spanContext().spanId,
      "cicd.pipeline.task.run.result": "error",
    });
    expect(otel.stats()).toMatchObject({ openSpans: 0, orphans: 3 });
    expect((await points("cicd.pipeline.run.active")).map(({ value }) => value)).toEqual([0, 0]);
  });

  it("is ended by a flush that comes later, without another event", async () => {
    const { telemetry, spans } = attachOtel({ orphanTimeoutMs: 60_000 });
    telemetry.start("sync", base);
    vi.advanceTimersByTime(60_001);
    await telemetry.flush();
    expect(spans()).toHaveLength(1);
  });

  it("stays in its trace where its end comes late after all", () => {
    const { telemetry, spans } = attachOtel({ orphanTimeoutMs: 60_000 });
    const slow = telemetry.start("sync", base);
    vi.advanceTimersByTime(60_001);
    telemetry.start("sync", base).complete();
    slow.complete();
    const [orphan, , late] = spans();
    expect(late?.attributes["cicd.pipeline.result"]).toBe("success");
    expect(late?.parentSpanContext?.spanId).toBe(orphan?.spanContext().spanId);
  });

  it("gives way to the newest beyond the limit", () => {
    const { telemetry, spans, otel } = attachOtel({ maxOpen: 2 });
    const syncs = [1, 2, 3].map((number) => telemetry.start("sync", { ...base, repoName: `app-${number}` }));
    expect(otel.stats()).toMatchObject({ openSpans: 2, orphans: 1 });
    expect(spans().map(({ name, attributes }) => [name, attributes["alumiini.orphan"]])).toEqual([
      ["SYNC app-1", "overflow"],
    ]);
    for (const sync of syncs.slice(1)) sync.complete();
    expect(otel.stats().openSpans).toBe(0);
  });

  it("is replaced by another sync of its id", () => {
    const { telemetry, spans, otel } = attachOtel();
    telemetry.start("sync", { ...base, syncId: "again" });
    telemetry.start("sync", { ...base, syncId: "again" }).complete();
    expect(spans().map(({ attributes }) => attributes["alumiini.orphan"])).toEqual(["superseded", undefined]);
    expect(otel.stats()).toMatchObject({ openSpans: 0, orphans: 1 });
  });

  it("is ended by close", async () => {
    const { telemetry, spans } = attachOtel();
    telemetry.start("sync", base);
    await telemetry.close();
    expect(spans()).toMatchObject([
      { attributes: { "alumiini.orphan": "closed", "cicd.pipeline.result": "cancellation" } },
    ]);
  });
});

describe("a replay", () => {
  it("changes nothing: each event counts once, by its id", async () => {
    const { telemetry, otel, spans, logs, points } = attachOtel();
    const events: Parameters<typeof otel.handle>[0][] = [];
    telemetry.subscribe({ name: "journal", handle: (event) => void events.push(event) });
    telemetry.emit("sync_started", { ...base, syncId: "1" });
    telemetry.emit("git_fetched", { ...base, syncId: "1", durationMs: 2, errorType: "git_error" });
    telemetry.emit("sync_failed", { ...base, syncId: "1", durationMs: 5, errorType: "git_error" });
    telemetry.emit("drift_detected", { ...base, resourceKey: "a/b" });
    const before = [spans().length, logs().length];
    for (const event of [...events, ...events]) otel.handle(event);
    expect([spans().length, logs().length]).toEqual(before);
    expect(otel.stats()).toMatchObject({ replays: 8, openSpans: 0, orphans: 0 });
    for (const name of ["alumiini.syncs", "alumiini.errors", "cicd.pipeline.run.errors", "alumiini.drift.detected"]) {
      const total = (await points(name)).reduce((sum, { value }) => sum + (typeof value === "number" ? value : 0), 0);
      expect([name, total]).toEqual([name, 1]);
    }
  });

  it("is remembered for at least 10,000 events, and not without end", () => {
    let number = 0;
    const { telemetry, otel } = attachOtel(
      { signals: ["metrics"] },
      { generateId: () => String(number++).padStart(8, "0") },
    );
    const emit = (count: number) => {
      for (let sent = 0; sent < count; sent++) telemetry.emit("worker_started", base);
    };
    emit(10_000);
    number = 0;
    emit(10_000);
    expect(otel.stats().replays).toBe(10_000);
    number = 10_000;
    emit(20_000);
    number = 0;
    emit(1);
    expect(otel.stats().replays).toBe(10_000);
  });
});
