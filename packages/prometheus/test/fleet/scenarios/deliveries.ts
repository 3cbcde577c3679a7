import { DELIVERY_BUCKETS } from "@alumiini/core/metrics";
import type { SinkStats } from "../../../src/metrics/sinks.js";
import type { Timeline } from "../../rules/timeline.js";
import type { Chapter, Scenario } from "../scenario.js";

type Counts = { -readonly [K in keyof SinkStats]: SinkStats[K] };

/** A controller with one sink, whose counts `act` changes each minute. */
async function sink(timeline: Timeline, minutes: number, act: (counts: Counts, minute: number) => void): Promise<void> {
  const durations = { bounds: DELIVERY_BUCKETS, counts: Array(DELIVERY_BUCKETS.length + 1).fill(0), sum: 0 };
  const counts: Counts = { delivered: 0, dropped: {}, retries: 0, pending: 0, durations };
  timeline.start({ sinks: [{ name: "nats", stats: () => ({ ...counts }) }] });
  await timeline.run(minutes, (minute) => act(counts, minute));
}

const outbox = { pending: 0, bytes: 0, degraded: false, corrupt: 0, lost: 0, deadLetters: 0 };

/** Deliveries that are answered, by outcome and reason, as `ingestMetrics` writes them. */
function ingest(timeline: Timeline, counts: Map<string, number>): void {
  timeline.expose(() =>
    Array.from(
      counts,
      ([labels, count]) => `alumiini_ingest_deliveries_total{source="/flux",${labels}} ${count}\n`,
    ).join(""),
  );
}

function deliveries(minutes: number, each: (minute: number) => string | undefined): Scenario["play"] {
  return async (timeline) => {
    const counts = new Map([['outcome="accepted",reason=""', 0]]);
    timeline.start();
    ingest(timeline, counts);
    await timeline.run(minutes, (minute) => {
      const labels = each(minute);
      if (labels !== undefined) counts.set(labels, (counts.get(labels) ?? 0) + 1);
    });
  };
}

const ACCEPTED = 'outcome="accepted",reason=""';
const UNAUTHORIZED = 'outcome="rejected",reason="unauthorized"';
const NOT_STORED = 'outcome="rejected",reason="not_stored"';

/** What becomes of events on their way out and in. */
export const DELIVERIES: Chapter = {
  title: "Events on their way",
  scenarios: [
    {
      situation: "a sink hangs for 4 hours: nothing fails, nothing is delivered",
      play: (timeline) =>
        sink(timeline, 320, (counts, minute) => {
          const hangs = minute >= 30 && minute < 270;
          if (hangs) counts.pending += 10;
          else {
            counts.delivered += counts.pending + 10;
            counts.pending = 0;
          }
          counts.oldestPendingMs = hangs ? (minute - 30) * 60_000 : undefined;
        }),
      pages: [{ alert: "AlumiiniSinkBacklogOld", labels: { sink: "nats" }, from: 30, latest: 52, ends: [269, 272] }],
    },
    {
      situation: "a sink that can't tell how old its backlog is hangs",
      play: (timeline) =>
        sink(timeline, 120, (counts, minute) => {
          if (minute < 30) counts.delivered += 10;
          else counts.pending += 10;
        }),
      pages: [{ alert: "AlumiiniSinkBacklogOld", labels: { sink: "nats" }, from: 30, latest: 55 }],
    },
    {
      situation: "one poisoned message holds up its key, while all others pass",
      play: (timeline) =>
        sink(timeline, 90, (counts, minute) => {
          counts.delivered += 50;
          if (minute < 30) return;
          counts.pending = 3;
          if (minute % 2 === 0) counts.retries++;
          counts.oldestPendingMs = (minute - 30) * 60_000;
        }),
      pages: [{ alert: "AlumiiniSinkBacklogOld", labels: { sink: "nats" }, from: 30, latest: 52 }],
    },
    {
      situation: "a receiver refuses every tenth message",
      play: (timeline) =>
        sink(timeline, 90, (counts, minute) => {
          counts.delivered += 9;
          if (minute >= 30) counts.dropped = { rejected: minute - 29 };
        }),
      pages: [{ alert: "AlumiiniSinkDeliveryFailing", labels: { sink: "nats" }, from: 30, latest: 50 }],
    },
    {
      situation: "an outbox can't write, then loses messages and gives some up",
      play: (timeline) =>
        sink(timeline, 150, (counts, minute) => {
          counts.delivered += 10;
          counts.outbox = {
            ...outbox,
            degraded: minute >= 30 && minute < 60,
            lost: minute >= 70 ? 2 : 0,
            deadLetters: minute >= 75 ? 4 : 0,
          };
        }),
      pages: [
        { alert: "AlumiiniOutboxDegraded", labels: { sink: "nats" }, from: 30, latest: 36, ends: [59, 61] },
        {
          alert: "AlumiiniOutboxDataLost",
          labels: { sink: "nats", reason: "missing" },
          from: 70,
          latest: 72,
          ends: [70, 132],
        },
        { alert: "AlumiiniDeadLetters", labels: { sink: "nats" }, from: 75, latest: 77, ends: [75, 137] },
      ],
    },
    {
      situation: "a source's secret was changed: all its deliveries are refused",
      play: deliveries(180, (minute) => (minute % 10 === 0 ? (minute < 30 ? ACCEPTED : UNAUTHORIZED) : undefined)),
      pages: [
        {
          alert: "AlumiiniIngestSourceRefused",
          labels: { source: "/flux", reason: "unauthorized" },
          from: 30,
          latest: 100,
        },
      ],
    },
    {
      situation: "strangers try a source's path, while its own deliveries arrive",
      play: deliveries(180, (minute) => (minute % 10 === 0 ? ACCEPTED : UNAUTHORIZED)),
      pages: [],
    },
    {
      situation: "the store takes nothing for half an hour: senders are asked to try again",
      play: deliveries(120, (minute) => (minute < 30 || minute >= 60 ? ACCEPTED : NOT_STORED)),
      pages: [
        { alert: "AlumiiniIngestNotStoring", labels: { reason: "not_stored" }, from: 30, latest: 45, ends: [59, 92] },
      ],
    },
  ],
};
