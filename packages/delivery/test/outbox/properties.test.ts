import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeMessage } from "../../src/index.js";
import { anyRun, drive, expectOrder, idOf, RUNS, type Run, type SoFar } from "../driver.js";
import { FailingOutbox } from "./failing-outbox.js";

const anyFault = fc.constantFrom(
  "none",
  "none",
  "none",
  "is full",
  "takes none so large",
  "throws on append",
  "can't be read",
  "can't be flushed",
  "loses a record",
  "damages a record",
);
type Fault = typeof anyFault extends fc.Arbitrary<infer T> ? T : never;

/** What is wrong with the outbox from now on; what was wrong before is not any more. */
function inflict(outbox: FailingOutbox, fault: Fault): void {
  outbox.refuse = fault === "is full" ? "full" : fault === "takes none so large" ? "too_large" : undefined;
  outbox.throwOnAppend = fault === "throws on append" ? new Error("bug") : undefined;
  outbox.failRead = fault === "can't be read" ? new Error("EIO") : undefined;
  outbox.failFlush = fault === "can't be flushed" ? new Error("EIO") : undefined;
  const { records } = outbox.storage;
  const sequence = [...records.keys()].at(-1);
  if (sequence === undefined) return;
  if (fault === "loses a record") records.delete(sequence);
  if (fault === "damages a record") records.set(sequence, new Uint8Array([0, 1, 2]));
}

/** Notes what `stored` covers and, when it resolves, has neither a record nor been settled. */
async function noteUnstored(outbox: FailingOutbox, so: SoFar, notStored: string[]): Promise<void> {
  const { delivery, transport, time, taken, dead } = so;
  const covered = [...taken];
  try {
    await delivery.stored(time.deadline(700));
  } catch {
    // Nothing is claimed.
    return;
  }
  // What has been evicted since, or lost with an outbox that does not open, is settled, and nobody says which it was.
  const { dropped } = delivery.stats();
  if (dropped.overflow + dropped.outbox > 0) return;
  const safe = new Set([...transport.confirmed.map(({ id }) => id), ...dead.map(idOf)]);
  for (const record of outbox.storage.records.values()) safe.add(decodeMessage(record)?.id ?? "");
  notStored.push(...covered.filter((id) => !safe.has(id)));
}

/** Messages that the outbox did not take while it opened, and that it took after a flush had completed their epoch. */
const HELD_ACROSS_A_FLUSH: [Run, Fault[], "drop-newest", boolean] = [
  {
    options: {
      maxQueueMessages: 2,
      maxQueueBytes: 60,
      maxBatchMessages: 1,
      maxBatchBytes: 40,
      lingerMs: 0,
      maxInFlight: 1,
      attemptTimeoutMs: 50,
      retry: { initialDelayMs: 1, maxDelayMs: 20, maxAttempts: 1 },
    },
    commands: [
      ...[1, 21, 36, 36, 1].map((size) => ({ kind: "accept", key: "a", size }) as const),
      { kind: "advance", milliseconds: 0 },
    ],
    script: [{ kind: "fail", latency: 0 }],
    failingConnects: 0,
    grouping: "none",
    chance: [0],
  },
  ["takes none so large", "none", "none", "none", "is full", "takes none so large"],
  "drop-newest",
  true,
];

/** A message that the outbox did not take while it opened, and one of the same key that comes when it is full again. */
const HELD_THEN_FULL: typeof HELD_ACROSS_A_FLUSH = [
  {
    ...HELD_ACROSS_A_FLUSH[0],
    commands: [
      { kind: "accept", key: "a", size: 1 },
      { kind: "advance", milliseconds: 0 },
      { kind: "accept", key: "a", size: 1 },
    ],
    script: [],
  },
  ["is full", "can't be read"],
  "drop-newest",
  true,
];

describe("whatever receiver and outbox do", () => {
  it("nothing is lost without a trace, order holds, and what can be delivered is", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyRun,
        fc.array(anyFault, { minLength: 1, maxLength: 20 }),
        fc.constantFrom("drop-newest", "drop-oldest", "block-spill"),
        fc.boolean(),
        async (run, faults, overflow, opens) => {
          const outbox = new FailingOutbox();
          if (!opens) outbox.failOpen = new Error("held by another process");
          const isSound = !faults.some((fault) => fault === "loses a record" || fault === "damages a record");
          const notStored: string[] = [];
          const { delivery, time, transport, accepted, dead, check, problems } = await drive(
            run,
            { overflow, outbox },
            {
              before: (step, so) => {
                inflict(outbox, faults[step % faults.length] ?? "none");
                if (isSound && step % 3 === 2) void noteUnstored(outbox, so, notStored);
              },
            },
          );
          inflict(outbox, "none");
          transport.healed = true;
          const flushed = delivery.flush();
          await time.advance(20_000, check);
          await flushed;
          const stats = delivery.stats();
          expect(problems).toEqual([]);
          expect(notStored).toEqual([]);
          expect(stats).toMatchObject({ accepted: accepted.length, recovered: 0, pending: 0, queuedBytes: 0 });
          expect(stats.delivered).toBe(transport.confirmed.length);
          expectOrder(transport.confirmed);
          const { rejected, attempts_exhausted, too_large } = stats.dropped;
          expect(dead).toHaveLength(rejected + attempts_exhausted + too_large);
          // What is settled is not sent again by the next process.
          if (opens) expect(outbox.storage.records.size).toBe(0);
        },
      ),
      { ...RUNS, examples: [HELD_ACROSS_A_FLUSH, HELD_THEN_FULL] },
    );
  });
});
