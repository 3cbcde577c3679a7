import { describe, expect, it } from "vitest";
import { EVENT_TYPES, type Subscriber } from "../src/index.js";
import { diagnosticsChannelSubscriber } from "../src/node/index.js";
import { recordEvents, sampleEvents, sampleMeasurements, subscriberConformance } from "../src/testing/index.js";
import { attach } from "./support.js";

const base = { repoName: "my-app", namespace: "default", trigger: "poll" } as const;

describe("recordEvents", () => {
  it("filters by type and kind", () => {
    const { telemetry, recorder } = attach();
    telemetry.emit("sync_started", base);
    telemetry.emit("sync_completed", { ...base, durationMs: 7 });
    telemetry.measure("worker_count", { count: 2 });
    expect(recorder.ofType("sync_completed").map((event) => event.durationMs)).toEqual([7]);
    expect(recorder.ofKind("worker_count").map((measurement) => measurement.count)).toEqual([2]);
    recorder.clear();
    expect([recorder.events, recorder.measurements]).toEqual([[], []]);
  });

  it("waits for what has come, and for what is to come", async () => {
    const { telemetry, recorder } = attach();
    telemetry.emit("sync_completed", { ...base, durationMs: 1 });
    expect((await recorder.waitFor("sync_completed")).durationMs).toBe(1);
    const waiting = recorder.waitFor("sync_completed", (event) => event.durationMs === 3);
    for (const durationMs of [2, 3, 4]) telemetry.emit("sync_completed", { ...base, durationMs });
    expect((await waiting).durationMs).toBe(3);
  });

  it("gives up at the deadline, and says what came instead", async () => {
    const { telemetry, recorder } = attach();
    telemetry.emit("sync_started", base);
    await expect(recorder.waitFor("git_cloned", undefined, { timeoutMs: 10 })).rejects.toThrow(
      "no fitting git_cloned within 10 ms; recorded: sync_started",
    );
  });
});

describe("the samples", () => {
  it("are the same in every run", () => {
    expect(sampleEvents()).toEqual(sampleEvents());
    expect(sampleMeasurements()).toEqual(sampleMeasurements());
    const ids = sampleEvents().map((event) => event.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(sampleEvents().map((event) => event.type))).toEqual(new Set(EVENT_TYPES));
  });
});

describe.each([
  ["recordEvents", () => recordEvents()],
  ["diagnosticsChannelSubscriber", () => diagnosticsChannelSubscriber()],
])("%s conforms", (_, create) => {
  for (const { name, run } of subscriberConformance(create)) it(name, run);
});

describe("subscriberConformance finds", () => {
  const never = () => new Promise<void>(() => {});
  const fine: Subscriber = { name: "fine", handle: () => {} };
  const throws = () => {
    throw new Error("no");
  };
  let isClosed = false;
  const diesWithClose = (): Subscriber => {
    isClosed = false;
    return {
      name: "dies with close",
      handle: () => (isClosed ? throws() : undefined),
      close() {
        isClosed = true;
      },
    };
  };

  async function failures(create: () => Subscriber): Promise<string[]> {
    const failed: string[] = [];
    for (const { name, run } of subscriberConformance(create)) {
      await run().catch(() => failed.push(name));
    }
    return failed;
  }

  it("nothing in a subscriber that is fine", async () => {
    expect(await failures(() => ({ ...fine }))).toEqual([]);
  });

  it.each<[string, () => Subscriber, string]>([
    ["no name", () => ({ ...fine, name: "" }), "has a name, and asks for event types that exist"],
    [
      "a wrong type",
      () => ({ ...fine, types: ["nonsense" as "sync_started"] }),
      "has a name, and asks for event types that exist",
    ],
    ["handle that throws", () => ({ ...fine, handle: throws }), "takes every event: full, minimal and hostile"],
    [
      "handle that rejects",
      () => ({ ...fine, handle: async () => throws() }),
      "takes every event: full, minimal and hostile",
    ],
    [
      "handle that changes events",
      () => ({ ...fine, handle: (event) => void Object.assign(event, { id: "x" }) }),
      "takes every event: full, minimal and hostile",
    ],
    [
      "handle that trusts names",
      () => ({ ...fine, handle: (event) => void (event.repoName.includes('"') && throws()) }),
      "takes every event: full, minimal and hostile",
    ],
    ["measure that throws", () => ({ ...fine, measure: throws }), "takes every event: full, minimal and hostile"],
    ["begin that throws", () => ({ ...fine, begin: throws }), "goes along with operations: nested, failing, hostile"],
    [
      "run that never calls",
      () => ({ ...fine, begin: () => ({ run: () => {} }) }),
      "goes along with operations: nested, failing, hostile",
    ],
    ["flush that throws", () => ({ ...fine, flush: throws }), "flushes with nothing to flush, and twice"],
    [
      "flush that ignores its signal",
      () => ({ ...fine, flush: (signal) => (signal.aborted ? never() : undefined) }),
      "settles soon after its signal aborts",
    ],
    ["handle that throws after close", diesWithClose, "ignores what comes after close"],
    ["state shared between instances", diesWithClose, "lives beside another of its kind"],
  ])("%s", async (_, create, expected) => {
    expect(await failures(create)).toContain(expected);
  });
});
