import type { StatsAnswer } from "@alumiini/history";
import type { SinksAnswer } from "@alumiini/page";
import { at, DAY, MINUTE, NOW } from "./times.ts";

export function stats(size: number, now = NOW): StatsAnswer {
  const received = size === 0 ? 0 : 1_204_331;
  const refused = size === 0 ? 0 : 71;
  const source = (name: string, clusterId: string, stored: number, tellsOutcomes: boolean, ago: number) => ({
    source: name,
    clusterId,
    system: name,
    stored,
    firstEventAt: now - 13 * DAY,
    lastEventAt: now - ago,
    lastReceivedAt: now - ago,
    tellsOutcomes,
  });
  return {
    asOf: now,
    engine: "duckdb",
    since: at("06:00:00", 12),
    received,
    stored: size === 0 ? 0 : 1_180_442,
    duplicate: size === 0 ? 0 : 20_118,
    ignored: size === 0 ? 0 : 3700,
    refused,
    dropped: 0,
    inFlight: 0,
    refusedByReason:
      size === 0
        ? []
        : [
            { reason: "unreadable", count: 59 },
            { reason: "unknown_form", count: 12 },
          ],
    byForm:
      size === 0
        ? []
        : [
            { form: "alumiini", count: 1_100_000 },
            { form: "cdevent", count: 80_442 },
          ],
    events: size === 0 ? 0 : 1_180_442,
    oldestAt: size === 0 ? null : at("06:00:00", 12),
    newestAt: size === 0 ? null : now - 2000,
    expired: 0,
    cutoff: null,
    usedBytes: 412e6,
    sources:
      size === 0
        ? []
        : [
            source("flux", "prod-eu", 702_118, true, 2000),
            source("flux", "prod-ap", 200_000, false, 9000),
            source("argocd", "prod-us", 211_870, true, 41_000),
            source("github", "prod-eu", 90_343, true, 13 * MINUTE),
          ],
    streams: size === 0 ? [] : [{ stream: "gitops", position: 88_400, missing: 2, updatedAt: now - 2000 }],
    notObserved: [],
  };
}

export function sinks(now = NOW): SinksAnswer {
  const fine = { pending: 0, dropped: 0, oldestPendingAt: null, failure: null, durable: true };
  return {
    asOf: now,
    deliveries: [
      { path: "/flux", received: 9_120, accepted: 9_000, duplicate: 100, ignored: 12, refused: { unauthorized: 8 } },
      { path: "/github", received: 61, accepted: 60, duplicate: 0, ignored: 1, refused: {} },
    ],
    sinks: [
      { ...fine, name: "NATS gitops.events", kind: "nats", delivered: 1_180_442 },
      {
        ...fine,
        name: "Kafka cdevents",
        kind: "kafka",
        delivered: 1_179_230,
        pending: 1212,
        oldestPendingAt: now - 271_000,
        failure: "NOT_ENOUGH_REPLICAS from broker 2",
      },
      { ...fine, name: "OTLP", kind: "otlp", delivered: 1_180_442, durable: false },
    ],
  };
}
