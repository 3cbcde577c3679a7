import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { type AluminiEvent, FlushError, type HandleContext, LIMITS, parseWire, toWire } from "../../src/index.js";
import { sampleEvents } from "../../src/testing/index.js";
import { anyEvent } from "../arbitraries.js";
import { attach, expectConservation } from "../support.js";

const fails = () => {
  throw new Error("no");
};
const NOW = Date.UTC(2024, 11, 16, 12);
const HOUR_MS = 3_600_000;
const at = (now: number) => ({ clock: { now: () => now, monotonic: () => 0 } });

const event: AluminiEvent = {
  id: "01JF7Z3J8Q0000000000000000",
  timestamp: NOW - 1000,
  type: "sync_failed",
  severity: "critical",
  outcome: "timeout",
  clusterId: "another-cluster",
  repoName: "my-app",
  namespace: "team-a",
  trigger: "poll",
  durationMs: 5,
  errorType: "git_timeout",
};

describe("relay", () => {
  it("delivers the event with its own identity, and says that it was relayed", () => {
    const { telemetry, reports } = attach(at(NOW));
    const seen: [AluminiEvent, HandleContext | undefined][] = [];
    telemetry.subscribe({ name: "seen", handle: (given, context) => void seen.push([given, context]) });
    expect(telemetry.relay(event)).toBe("accepted");
    telemetry.emit("apply_started", { repoName: "my-app", namespace: "team-a" });
    expect(seen[0]).toEqual([event, { relayed: true, late: false }]);
    expect(Object.isFrozen(seen[0]?.[0])).toBe(true);
    expect(seen[0]?.[0]).not.toBe(event);
    expect(seen[1]?.[1]).toBeUndefined();
    expect(reports).toEqual([]);
  });

  it("delivers what parseWire reads, unchanged", () => {
    const same = (given: AluminiEvent) => {
      const parsed = parseWire(JSON.stringify(toWire(given)));
      if (!parsed.ok) throw new Error(parsed.error.message);
      const { telemetry, recorder } = attach(at(LIMITS.instant));
      expect(telemetry.relay(parsed.event)).toBe("accepted");
      expect(recorder.events).toEqual([parsed.event]);
    };
    for (const sample of sampleEvents()) same(sample);
    fc.assert(fc.property(anyEvent, same));
  });

  it("removes credentials and cuts what is too long, as emit does", () => {
    const { telemetry, recorder } = attach(at(NOW));
    telemetry.relay({ ...event, repoUrl: "https://user:hunter2@host/r", errorMessage: "x".repeat(10_000) });
    const [relayed] = recorder.ofType("sync_failed");
    expect(relayed?.repoUrl).toBe("https://host/r");
    expect(relayed?.errorMessage).toHaveLength(8192);
  });

  it.each([
    [{ id: undefined }, "id"],
    [{ id: "" }, "id"],
    [{ timestamp: -1 }, "timestamp"],
    [{ timestamp: "2024-12-16T12:00:00Z" }, "timestamp"],
    [{ type: "sync_exploded" }, "type"],
    [{ clusterId: null }, "clusterId"],
    [{ severity: undefined }, "severity"],
    [{ severity: "fatal" }, "severity"],
    [{ outcome: undefined }, "outcome"],
    [{ repoName: "" }, "repoName"],
    [{ namespace: 5 }, "namespace"],
    [{ durationMs: -1 }, "durationMs"],
    [{ traceId: "0" }, "traceId"],
  ])("refuses %j and names %s", (wrong, field) => {
    const { telemetry, recorder } = attach(at(NOW));
    const given = { ...event, ...wrong } as never;
    expect(telemetry.relay(given)).toEqual({ refused: `${field} is missing or not valid` });
    expect(recorder.events).toEqual([]);
    expect(telemetry.stats().relayed).toEqual({ accepted: 0, late: 0, duplicate: 0, refused: 1 });
    // It was not taken, so it is no duplicate when it comes again and is right.
    expect(telemetry.relay(event)).toBe("accepted");
  });

  it("refuses an event whose time lies over a day ahead: its repository would be as it says until then", () => {
    const { telemetry, recorder } = attach(at(NOW));
    const ahead = (timestamp: number) => telemetry.relay({ ...event, id: `${timestamp}`, timestamp });
    expect(ahead(NOW + 24 * HOUR_MS)).toBe("accepted");
    expect(ahead(NOW + 24 * HOUR_MS + 1)).toEqual({ refused: "timestamp lies over a day ahead of the clock here" });
    expect(recorder.events).toHaveLength(1);
  });

  it.each([undefined, null, 5, "event", []])("never throws, whatever it is given: %s", (given) => {
    const { telemetry } = attach();
    expect(telemetry.relay(given as never)).toEqual({ refused: expect.any(String) });
  });

  it("never throws, though reading the event does", () => {
    const { telemetry } = attach();
    expect(telemetry.relay(new Proxy(event, { get: fails }))).toEqual({ refused: "event can't be read" });
  });

  it("is closed with telemetry", async () => {
    const { telemetry, reports } = attach(at(NOW));
    await telemetry.close();
    expect(telemetry.relay(event)).toEqual({ refused: "telemetry is closed" });
    expect(telemetry.stats()).toMatchObject({ afterClose: 1, relayed: { refused: 1 } });
    expect(reports).toMatchObject([{ kind: "dropped", reason: "closed", type: "sync_failed" }]);
  });

  it("queues behind the event that is being published", () => {
    const { telemetry } = attach(at(NOW));
    const seen: string[] = [];
    telemetry.subscribe({ name: "relaying", types: ["apply_started"], handle: () => void telemetry.relay(event) });
    telemetry.subscribe({ name: "seen", handle: ({ type }, context) => void seen.push(`${type} ${context?.relayed}`) });
    telemetry.emit("apply_started", { repoName: "my-app", namespace: "team-a" });
    expect(seen).toEqual(["apply_started undefined", "sync_failed true"]);
  });
});

describe("a late event", () => {
  it("is marked and counted apart: one older than an hour, or known to be of the past", () => {
    const { telemetry } = attach(at(NOW));
    const late: (boolean | undefined)[] = [];
    telemetry.subscribe({ name: "late", handle: (_, context) => void late.push(context?.late) });
    telemetry.relay({ ...event, id: "1", timestamp: NOW - HOUR_MS });
    telemetry.relay({ ...event, id: "2", timestamp: NOW - HOUR_MS - 1 });
    telemetry.relay({ ...event, id: "3" }, { late: true });
    telemetry.relay({ ...event, id: "4", timestamp: NOW + HOUR_MS });
    expect(late).toEqual([false, true, true, false]);
    expect(telemetry.stats().relayed).toEqual({ accepted: 4, late: 2, duplicate: 0, refused: 0 });
  });

  it("is older than lateAfterMs, where that is given", () => {
    const { telemetry } = attach({ ...at(NOW), lateAfterMs: 500 });
    telemetry.relay(event);
    expect(telemetry.stats().relayed.late).toBe(1);
    expect(() => attach({ lateAfterMs: Number.NaN })).toThrow(TypeError);
  });
});

describe("a duplicate", () => {
  it("reaches nobody again", () => {
    const { telemetry, recorder } = attach(at(NOW));
    expect([telemetry.relay(event), telemetry.relay(event)]).toEqual(["accepted", "duplicate"]);
    expect(recorder.events).toHaveLength(1);
    expect(telemetry.stats().relayed).toEqual({ accepted: 1, late: 0, duplicate: 1, refused: 0 });
  });

  it("reaches those that failed on the first, at once or later, and no others", async () => {
    const { telemetry, recorder } = attach(at(NOW));
    let failing = true;
    const sync = vi.fn(() => {
      if (failing) throw new Error("full");
    });
    const async = vi.fn(async () => {
      if (failing) throw new Error("full");
    });
    const subscriptions = [
      telemetry.subscribe({ name: "sync", handle: sync }),
      telemetry.subscribe({ name: "async", handle: async }),
    ];
    telemetry.relay(event);
    await telemetry.flush();
    failing = false;
    for (let count = 0; count < 2; count++) expect(telemetry.relay(event)).toBe("duplicate");
    expect(sync).toHaveBeenCalledTimes(2);
    expect(async).toHaveBeenCalledTimes(2);
    expect(recorder.events).toHaveLength(1);
    await telemetry.flush();
    subscriptions.forEach(expectConservation);
  });

  it("reaches a subscriber that was attached since, once", () => {
    const { telemetry, recorder } = attach(at(NOW));
    telemetry.relay(event);
    const handle = vi.fn();
    telemetry.subscribe({ name: "later", handle });
    for (let count = 0; count < 3; count++) telemetry.relay(event);
    expect(handle).toHaveBeenCalledTimes(1);
    expect(recorder.events).toHaveLength(1);
  });

  it("is known among the last 50,000", () => {
    const { telemetry } = attach(at(NOW));
    for (let count = 0; count < 50_001; count++) telemetry.relay({ ...event, id: `id-${count}` });
    expect(telemetry.relay({ ...event, id: "id-1" })).toBe("duplicate");
    expect(telemetry.relay({ ...event, id: "id-0" })).toBe("accepted");
  });
});

describe("stored, for relayed events", () => {
  it("rejects while one of them was not taken by a subscriber that must have it", async () => {
    const { telemetry } = attach(at(NOW));
    let failing = true;
    const handle = async () => {
      if (failing) throw new Error("full");
    };
    telemetry.subscribe({ name: "history", handle, stored() {} });
    telemetry.subscribe({ name: "other", handle: () => {}, stored() {} });
    telemetry.relay(event);
    const asked = { subscribers: ["history"], eventIds: [event.id] };
    const error = await telemetry.stored(asked).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FlushError);
    expect(error).toMatchObject({ failures: [{ subscriber: "history", phase: "stored", reason: "error" }] });
    await telemetry.stored({ subscribers: ["other"], eventIds: [event.id] });
    await telemetry.stored({ subscribers: ["history"], eventIds: ["another"] });
    failing = false;
    telemetry.relay(event);
    await telemetry.stored(asked);
  });
});
