import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type DiskTrouble, failing, filling, repair, trouble } from "./support/disk-trouble.js";
import { directoryOfAnother, SinkOnDisk } from "./support/sink-on-disk.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
});

afterEach(() => {
  vi.useRealTimers();
});

type Step =
  | DiskTrouble
  | { readonly kind: "accept"; readonly keys: readonly string[]; readonly isBad: boolean }
  | { readonly kind: "pass"; readonly milliseconds: number }
  | { readonly kind: "go"; readonly place: Place; readonly which: number }
  | { readonly kind: "up" | "down" | "repair" | "stored" | "restart" };
type Place = "none" | "empty" | "another's" | "another's, with higher numbers" | "one from before";

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("accept" as const),
      keys: fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 12 }),
      isBad: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("pass" as const),
      milliseconds: fc.constantFrom(1, 20, 300, 3000, 20_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("go" as const),
      place: fc.constantFrom<Place>("none", "empty", "another's", "another's, with higher numbers", "one from before"),
      which: fc.nat(3),
    }),
  },
  { weight: 1, arbitrary: failing },
  { weight: 1, arbitrary: filling(3000) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom("up" as const, "down", "down", "repair", "stored", "restart") }),
  },
);

/** What a run adds up over the processes that it consists of. */
class Sum {
  /** Messages lost and counted, which nobody names. */
  dropped = 0;
  /** Records that a process said would come again. */
  mayRepeat = 0;
  hasDirectoryComeBack = false;
  /** Whether a process could not read at its end what it had stored, and said so. */
  isUnsure = false;
  readonly notStored: string[] = [];
}

async function take(
  sink: SinkOnDisk,
  step: Step,
  sum: Sum,
  shelf: ReturnType<SinkOnDisk["disk"]["detach"]>[],
): Promise<void> {
  const { disk } = sink;
  switch (step.kind) {
    case "accept": {
      const next = sink.accepted.length;
      if (step.isBad) sink.bad.add(`${next}`);
      sink.accept(...step.keys);
      break;
    }
    case "pass":
      await vi.advanceTimersByTimeAsync(step.milliseconds);
      break;
    case "go": {
      const back = step.place === "one from before" ? shelf.splice(step.which % (shelf.length || 1), 1)[0] : undefined;
      shelf.push(disk.detach());
      if (back !== undefined) sum.hasDirectoryComeBack = true;
      if (back !== undefined) disk.attach(back);
      else if (step.place === "empty") disk.isThere = true;
      else if (step.place !== "none" && step.place !== "one from before") {
        const names = [1, 2, 3].map((at) => `other ${sink.others++} ${at}`);
        disk.attach(await directoryOfAnother(names, step.place === "another's" ? 1 : 3));
      }
      break;
    }
    case "fail":
    case "fill":
      trouble(disk, step);
      break;
    case "up":
      sink.isUp = true;
      break;
    case "down":
      sink.isUp = false;
      break;
    case "repair":
      repair(disk);
      break;
    case "stored":
      void noteUnstored(sink, sum);
      break;
    case "restart":
      await restart(sink, sum);
  }
  sink.check();
}

function lossesOf(sink: SinkOnDisk): number {
  const { overflow, outbox, closed } = sink.delivery.stats().dropped;
  return overflow + outbox + closed;
}

async function restart(sink: SinkOnDisk, sum: Sum): Promise<void> {
  const before = sink.delivery;
  const restarted = sink.restart(AbortSignal.abort());
  restarted.catch(() => {});
  await vi.advanceTimersByTimeAsync(5000);
  const { dropped, outbox } = before.stats();
  sum.dropped += dropped.overflow + dropped.outbox + dropped.closed;
  sum.isUnsure ||= `${outbox?.lastError}`.includes("can't read what it has stored");
  sum.mayRepeat += outbox?.acknowledgedNotStored ?? 0;
  await restarted;
}

/** Notes what `stored` covers and, when it resolves, is neither in the directory that is there then nor settled. */
async function noteUnstored(sink: SinkOnDisk, sum: Sum): Promise<void> {
  const covered = [...sink.accepted];
  const { delivery } = sink;
  const limit = new AbortController();
  setTimeout(() => limit.abort(), 700);
  try {
    await delivery.stored(limit.signal);
  } catch {
    // Nothing is claimed.
    return;
  }
  const { plan } = sink.disk;
  sink.disk.plan = () => undefined;
  // A directory that goes while it is read tells nothing.
  const there = new Set(await sink.idsOnDisk().catch(() => covered));
  sink.disk.plan = plan;
  if (sum.dropped + lossesOf(sink) > 0 || delivery !== sink.delivery) return;
  for (const { id } of sink.confirmed) there.add(id);
  for (const id of sink.dead) there.add(id);
  sum.notStored.push(...covered.filter((id) => !there.has(id)));
}

describe("whatever directories come and go, whatever disk and receiver do", () => {
  it("all is delivered or counted, each process finds what the last one left, and `stored` is true", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.constantFrom("always" as const, "interval" as const, "never" as const),
        fc.array(step, { minLength: 3, maxLength: 30 }),
        async (seed, fsync, steps) => {
          const sink = new SinkOnDisk(
            seed,
            { retry: { initialDelayMs: 20, maxDelayMs: 500, maxAttempts: 2 } },
            { fsync },
          );
          const sum = new Sum();
          const shelf: ReturnType<SinkOnDisk["disk"]["detach"]>[] = [];
          for (const next of steps) await take(sink, next, sum, shelf);
          repair(sink.disk);
          sink.isUp = true;
          for (let round = 0; round < 5; round++) {
            // What arrives tells bad messages from an outage.
            sink.accept("a", "b", "c", "d", "e");
            await vi.advanceTimersByTimeAsync(12_000);
          }
          expect(sum.notStored).toEqual([]);
          const stats = sink.delivery.stats();
          expect(stats, JSON.stringify(stats)).toMatchObject({ pending: 0, outbox: { state: "open", pending: 0 } });
          const confirmed = sink.confirmed.map(({ id }) => id);
          const settled = new Set([...confirmed, ...sink.dead]);
          const missing = sink.accepted.filter((id) => !settled.has(id));
          const counted = sum.dropped + lossesOf(sink);
          if (!sum.isUnsure) expect(missing.length, `${missing} are missing`).toBeLessThanOrEqual(counted);
          if (!sum.hasDirectoryComeBack) {
            const repeated = confirmed.filter((id, at) => confirmed.indexOf(id) !== at);
            expect(repeated.length, `${repeated} came twice`).toBeLessThanOrEqual(sum.mayRepeat);
            if (sum.mayRepeat === 0) expectOrder(sink);
          }
          await restart(sink, sum);
          expect(sink.delivery.stats().recovered).toBe(0);
          await sink.delivery.close();
          vi.clearAllTimers();
        },
      ),
      { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 100) },
    );
  }, 120_000);
});

/** The messages of each key were taken in the order in which they were accepted. */
function expectOrder({ confirmed }: SinkOnDisk): void {
  const last = new Map<string, number>();
  for (const { id, key } of confirmed) {
    if (key === "of another") continue;
    expect(Number(id), `${id} of ${key}`).toBeGreaterThan(last.get(key) ?? -1);
    last.set(key, Number(id));
  }
}
