import { describe, expect, it } from "vitest";
import {
  createSink,
  type DeliveryOptions,
  type DeliveryStats,
  eventMessages,
  type Message,
  type SendResult,
  type Sink,
} from "../src/index.js";
import { type SinkFixture, sinkConformance } from "../src/testing/index.js";

/** A receiver in this process, and what a test may spoil about the sink that sends to it. */
interface Flaws {
  readonly receive?: (batch: readonly Message[]) => readonly Message[];
  readonly options?: (options: DeliveryOptions) => DeliveryOptions;
  readonly stats?: (stats: DeliveryStats) => DeliveryStats;
  readonly spoil?: (sink: Sink) => Partial<Sink>;
  /** What is answered while the receiver is down, instead of throwing. */
  readonly whileDown?: SendResult;
}

function fixture({
  receive = (batch) => batch,
  options = (given) => given,
  stats,
  spoil,
  whileDown,
}: Flaws = {}): SinkFixture {
  const ids: string[] = [];
  const refused = new Set<string>();
  let down = false;
  return {
    createSink(given) {
      const sink = createSink({
        name: "mine",
        messages: eventMessages(),
        ...options(given),
        transport: {
          send: async (batch) => {
            if (down && whileDown !== undefined) return batch.map(() => whileDown);
            if (down) throw new Error("down");
            // One that is refused spoils its batch.
            if (batch.some(({ id }) => refused.has(id))) throw new Error("500");
            ids.push(...receive(batch).map(({ id }) => id));
            return batch.map(() => ({ status: "delivered" }));
          },
        },
      });
      return { ...sink, ...(stats && { stats: () => stats(sink.stats()) }), ...spoil?.(sink) };
    },
    received: () => ids,
    down: () => {
      down = true;
    },
    up: () => {
      down = false;
    },
    refuse: (id) => {
      refused.add(id);
    },
  };
}

describe("a sink that meets them all", () => {
  for (const { name, run } of sinkConformance(() => fixture(), { poison: true })) it(name, run);
});

describe("the kit finds", () => {
  const leak: { onFailure?: DeliveryOptions["onFailure"] } = {};

  it.each<[string, Flaws, string]>([
    ["a message lost", { receive: (batch) => batch.slice(1) }, "delivers every event"],
    ["a batch turned round", { receive: (batch) => [...batch].reverse() }, "delivers every event"],
    [
      "an event not counted",
      { stats: (stats) => ({ ...stats, accepted: stats.accepted + 1 }) },
      "delivers every event",
    ],
    [
      "an event that is never settled",
      { stats: (stats) => ({ ...stats, pending: stats.pending + 1, accepted: stats.accepted + 1 }) },
      "delivers what an outage",
    ],
    ["bounds ignored", { options: ({ maxQueueMessages: _, ...rest }) => rest }, "stays within its bounds"],
    ["an outbox ignored", { options: ({ outbox: _, ...rest }) => rest }, "leaves to its outbox"],
    [
      "losses at the end hidden",
      {
        stats: (stats) => ({
          ...stats,
          accepted: stats.accepted - stats.dropped.closed,
          dropped: { ...stats.dropped, closed: 0 },
        }),
      },
      "closes in time",
    ],
    [
      "a handle that throws",
      {
        spoil: () => ({
          handle: () => {
            throw new Error("broker down");
          },
        }),
      },
      "is no burden",
    ],
    ["delivery claimed while down", { whileDown: { status: "delivered" } }, "claims nothing"],
    ["refusal claimed while down", { whileDown: { status: "rejected", error: new Error("no") } }, "claims nothing"],
    ["one bad event that stops its batch for good", { options: ({ retry: _, ...rest }) => rest }, "lets one event"],
    [
      "callbacks in the context of the caller",
      {
        options: (given) => {
          leak.onFailure = given.onFailure;
          return given;
        },
        spoil: (sink) => ({
          handle: (event) => {
            queueMicrotask(() => leak.onFailure?.({ kind: "send_failed", sink: "mine", message: "", heldBack: 0 }));
            sink.handle(event);
          },
        }),
      },
      "runs outside",
    ],
    ["what a subscriber must do, not done", { spoil: () => ({ name: "" }) }, "has a name"],
  ])("%s", async (_, flaws, requirement) => {
    const found = sinkConformance(() => fixture(flaws), { poison: true }).filter(({ name }) =>
      name.startsWith(requirement),
    );
    expect(found).toHaveLength(1);
    await expect(found[0]?.run()).rejects.toThrow();
  });
});
