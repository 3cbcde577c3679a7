import { describe, expect, it } from "vitest";
import {
  createSink,
  type DeliveryOptions,
  type DeliveryStats,
  eventMessages,
  type Message,
  type Sink,
} from "../src/index.js";
import { type SinkFixture, sinkConformance } from "../src/testing/index.js";

/** A receiver in this process, and what a test may spoil about the sink that sends to it. */
interface Flaws {
  readonly receive?: (batch: readonly Message[]) => readonly Message[];
  readonly options?: (options: DeliveryOptions) => DeliveryOptions;
  readonly stats?: (stats: DeliveryStats) => DeliveryStats;
  readonly spoil?: (sink: Sink) => Partial<Sink>;
}

function fixture({ receive = (batch) => batch, options = (given) => given, stats, spoil }: Flaws = {}): SinkFixture {
  const ids: string[] = [];
  let down = false;
  return {
    createSink(given) {
      const sink = createSink({
        name: "mine",
        messages: eventMessages(),
        ...options(given),
        transport: {
          send: async (batch) => {
            if (down) throw new Error("down");
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
  };
}

describe("a sink that meets them all", () => {
  for (const { name, run } of sinkConformance(() => fixture())) it(name, run);
});

describe("the kit finds", () => {
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
    ["what a subscriber must do, not done", { spoil: () => ({ name: "" }) }, "has a name"],
  ])("%s", async (_, flaws, requirement) => {
    const found = sinkConformance(() => fixture(flaws)).filter(({ name }) => name.startsWith(requirement));
    expect(found).toHaveLength(1);
    await expect(found[0]?.run()).rejects.toThrow();
  });
});
