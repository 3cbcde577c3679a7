import { createRequire } from "node:module";
import { createTelemetry } from "@alumiini/core";
import { createSink, eventMessages } from "@alumiini/delivery";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SimulatedDisk } from "./support/simulated-disk.js";
import { outboxOn } from "./support/trial.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
});

afterEach(() => {
  vi.clearAllTimers();
  vi.useRealTimers();
});

/** Another instance of the package, as a program has that bundles it twice. */
const copy: typeof import("@alumiini/core") = createRequire(import.meta.url)("@alumiini/core");

const fields = (repoName: string) => ({ repoName, namespace: "team", trigger: "poll", durationMs: 1 }) as const;

/** A sink whose receiver fails on the first event of each of three repositories, and takes all others. */
function start() {
  const disk = new SimulatedDisk(1);
  const bad = new Set<string>();
  const received: string[] = [];
  const sink = createSink({
    name: "receiver",
    messages: eventMessages(),
    maxQueueMessages: 20,
    lingerMs: 0,
    retry: { initialDelayMs: 10, maxDelayMs: 50, maxAttempts: 1000 },
    outbox: outboxOn(disk),
    onFailure: () => {},
    transport: {
      send: async (batch) =>
        batch.map(({ id, key }) => {
          if (key.startsWith("bad") && !received.includes(key)) bad.add(key);
          if (bad.has(key)) return { status: "retry", error: new Error("bad") };
          received.push(id);
          return { status: "delivered" };
        }),
    },
  });
  const telemetry = createTelemetry({ clusterId: "test" });
  telemetry.subscribe(sink);
  return { disk, sink, telemetry, received, bad };
}

describe("stored, with repositories that wait behind a bad event, while the directory goes and another comes", () => {
  it.each([
    ["of everything", false],
    ["of one relayed event of a second copy of @alumiini/core", true],
  ])("%s is said when it is in the new one, and not before", async (_, eventsOnly) => {
    const { disk, sink, telemetry, received, bad } = start();
    await vi.advanceTimersByTimeAsync(10);
    for (let round = 0; round < 30; round++) {
      for (const repo of ["bad 1", "bad 2", "bad 3", "good"]) telemetry.emit("sync_completed", fields(repo));
    }
    await vi.advanceTimersByTimeAsync(1000);
    expect(received).toHaveLength(30);
    const before = disk.detach();
    disk.isHeld = true;
    const other = copy.createTelemetry({ clusterId: "test" });
    const ids: string[] = [];
    other.subscribe({
      name: "to the other",
      handle: (event) => {
        ids.push(event.id);
        expect(telemetry.relay(event)).toBe("accepted");
      },
    });
    other.emit("sync_completed", fields("bad 1"));
    const early = telemetry.stored({ eventIds: ids, eventsOnly, timeoutMs: 5000 }).then(
      () => "stored",
      () => "not stored",
    );
    await vi.advanceTimersByTimeAsync(6000);
    expect(await early).toBe("not stored");
    disk.isHeld = false;
    const stored = telemetry.stored({ eventIds: ids, eventsOnly, timeoutMs: 20_000 });
    await vi.advanceTimersByTimeAsync(20_000);
    await stored;
    const { accepted, delivered, dropped, pending, outbox } = sink.stats();
    expect(delivered + dropped.outbox + pending).toBe(accepted);
    expect(outbox).toMatchObject({ state: "open", pending, notStored: 0 });
    // The first one comes back, with what memory did not hold. With the other goes what only that has: the relayed event.
    disk.detach();
    disk.attach(before);
    bad.clear();
    received.push("bad 1", "bad 2", "bad 3");
    telemetry.emit("sync_completed", fields("good"));
    await vi.advanceTimersByTimeAsync(30_000);
    const events = received.filter((id) => !id.startsWith("bad"));
    expect(events).toHaveLength(121);
    expect(new Set(events).size).toBe(121);
    expect(events).not.toContain(ids[0]);
    const { recovered, ...end } = sink.stats();
    expect(end).toMatchObject({
      pending: 0,
      dropped: { outbox: recovered + 1 },
      outbox: { state: "open", pending: 0 },
    });
    const closed = telemetry.close();
    await vi.advanceTimersByTimeAsync(1000);
    await closed;
  });
});
