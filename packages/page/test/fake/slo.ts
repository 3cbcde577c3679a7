import type { Evidence, SloAnswer, SloItem } from "@alumiini/history";
import { HOUR, NOW } from "./times.ts";

export const NO_EVIDENCE: Evidence = { formula: "no value", counted: [], leftOut: [], missing: [], ids: [] };

function objective(name: SloItem["name"], more: Partial<SloItem>): SloItem {
  return {
    name,
    kind: "budget",
    state: "holds",
    objective: 0.99,
    thresholdMs: null,
    value: null,
    budgetLeft: null,
    allowed: null,
    bad: null,
    total: null,
    burnRate: { lastHour: null, last6Hours: null },
    spentInMs: null,
    points: [],
    coverage: { known: 17_942, total: 17_942, of: "syncs", observed: 1 },
    evidence: NO_EVIDENCE,
    ...more,
  };
}

function burnDown(since: number, until: number, end: number, bend: number) {
  return Array.from({ length: 60 }, (_, index) => {
    const part = (index + 1) / 60;
    const budgetLeft =
      part < bend ? 1 - (1 - end) * 0.3 * (part / bend) : 1 - (1 - end) * (0.3 + 0.7 * ((part - bend) / (1 - bend)));
    return {
      at: since + (until - since) * part,
      budgetLeft: index === 59 ? end : index > 22 && index < 25 ? null : budgetLeft,
      good: 290,
      total: 300,
    };
  });
}

export function slo(since: number, until: number, size: number, now = NOW): SloAnswer {
  const none = size === 0;
  const not = { state: "not_measured" as const, coverage: { known: 0, total: 0, of: "syncs", observed: none ? 0 : 1 } };
  const evidence = (bad: number, reason: string): Evidence => ({
    formula: `${17_942 - bad} / 17942`,
    counted: [
      { reason: "good", count: 17_942 - bad },
      { reason, count: bad },
    ],
    leftOut: [],
    missing: [],
    ids: Array.from({ length: Math.min(1000, bad) }, (_, index) => `event-${index}`),
  });
  return {
    asOf: now,
    since,
    until,
    items: [
      objective(
        "syncSuccess",
        none
          ? not
          : {
              state: "spent",
              value: 17_691 / 17_942,
              allowed: 179,
              bad: 251,
              total: 17_942,
              budgetLeft: (179 - 251) / 179,
              burnRate: { lastHour: 2, last6Hours: 4 },
              points: burnDown(since, until, (179 - 251) / 179, 0.6),
              evidence: evidence(251, "failed"),
            },
      ),
      objective(
        "syncLatency",
        none
          ? { ...not, thresholdMs: 30_000 }
          : {
              state: "burning_fast",
              thresholdMs: 30_000,
              value: 0.9921,
              allowed: 179,
              bad: 140,
              total: 17_942,
              budgetLeft: 39 / 179,
              burnRate: { lastHour: 6, last6Hours: 6.5 },
              spentInMs: 30 * HOUR,
              points: burnDown(since, until, 39 / 179, 0.85),
              evidence: evidence(140, "too_slow"),
            },
      ),
      objective(
        "gitFetchLatency",
        none
          ? { ...not, thresholdMs: 10_000 }
          : {
              thresholdMs: 10_000,
              value: 0.99961,
              allowed: 179,
              bad: 34,
              total: 17_942,
              budgetLeft: 145 / 179,
              burnRate: { lastHour: 0.6, last6Hours: 0.5 },
              points: burnDown(since, until, 145 / 179, 0.5),
              coverage: { known: 17_942, total: 17_973, of: "git fetches", observed: 0.97 },
              evidence: evidence(34, "too_slow"),
            },
      ),
      objective(
        "applyLatency",
        none
          ? { ...not, thresholdMs: 5000 }
          : {
              thresholdMs: 5000,
              value: 0.9963,
              allowed: 179,
              bad: 66,
              total: 17_911,
              budgetLeft: 0.63,
              burnRate: { lastHour: 0, last6Hours: 0.1 },
              points: burnDown(since, until, 0.63, 0.5),
              coverage: { known: 17_911, total: 17_942, of: "applies", observed: 1 },
              evidence: evidence(66, "too_slow"),
            },
      ),
      objective(
        "workerRestarts",
        none
          ? { ...not, kind: "level", objective: 1 }
          : {
              kind: "level",
              objective: 1,
              value: 0.02,
              bad: 4,
              coverage: { known: 12, total: 12, of: "workers", observed: 1 },
            },
      ),
      objective("workerMemory", { ...not, kind: "level", objective: 50e6 }),
      objective("cacheHitRate", { ...not, kind: "level", objective: 0.8 }),
    ],
    notObserved: [],
  };
}
