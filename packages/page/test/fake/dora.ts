import type { DoraAnswer, DoraBucket, DoraMeasure, DoraMeasureName } from "@alumiini/history";
import { NO_EVIDENCE } from "./slo.ts";
import { DAY, HOUR, MINUTE, NOW } from "./times.ts";

function measure(more: Partial<DoraMeasure>): DoraMeasure {
  return {
    value: null,
    unit: "ratio",
    p90: null,
    why: null,
    coverage: { known: 274, total: 274, of: "deployments", observed: 24 / 26 },
    evidence: NO_EVIDENCE,
    ...more,
  };
}

export function dora(
  since: number,
  until: number,
  by: string,
  explain: string | null,
  size: number,
  now = NOW,
): DoraAnswer {
  const length = by === "day" ? DAY : by === "month" ? 30 * DAY : 7 * DAY;
  const none = size === 0;
  const why = "Nothing was observed in this time.";
  const gap = { since: since + 11 * 7 * DAY, until: since + 13 * 7 * DAY };
  const missing = [{ reason: "source_silent", count: null, ...gap }];
  const buckets: DoraBucket[] = [];
  for (let start = since, index = 0; start < until && index < 200; start += length, index++) {
    const observed = !none && (start < gap.since || start >= gap.until);
    const deployments = observed ? (index === 6 ? 0 : 8 + ((index * 5) % 9)) : 0;
    const value = (number: number | null) => ({
      value: observed ? number : null,
      coverage: {
        known: observed ? deployments : 0,
        total: deployments,
        of: "deployments",
        observed: observed ? 1 : 0,
      },
    });
    const thin = index === 5;
    buckets.push({
      since: start,
      until: Math.min(until, start + length),
      observed,
      running: start + length > until,
      deployments,
      measures: {
        deploymentFrequency: value(deployments / (length / DAY)),
        changeLeadTime: {
          ...value(deployments === 0 ? null : (16 + ((index * 7) % 17)) * HOUR),
          ...(thin && { coverage: { known: 3, total: 14, of: "deployments", observed: 1 } }),
        },
        changeFailRate: value(deployments === 0 ? null : ((index * 3) % 20) / 100),
        failedDeploymentRecoveryTime: value(index % 4 === 2 ? null : (20 + ((index * 11) % 60)) * MINUTE),
        deploymentReworkRate: value(null),
      },
    });
  }
  const measures: Record<DoraMeasureName, DoraMeasure> = {
    deploymentFrequency: measure({
      unit: "per_day",
      value: 274 / 168,
      evidence: {
        formula: "274 / 168 days",
        counted: [{ reason: "deployment", count: 274 }],
        leftOut: [{ reason: "heartbeat", count: 11 }],
        missing,
        ids: [],
      },
    }),
    changeLeadTime: measure({
      unit: "ms",
      value: 21.6 * HOUR,
      p90: 58.2 * HOUR,
      coverage: { known: 247, total: 274, of: "deployments", observed: 24 / 26 },
      evidence: {
        formula: "median of 247",
        counted: [{ reason: "deployment", count: 247 }],
        leftOut: [],
        missing: [{ reason: "commit_time_unknown", count: 27, since: null, until: null }],
        ids: [],
      },
    }),
    changeFailRate: measure({
      value: 22 / 274,
      evidence: {
        formula: "22 / 274",
        counted: [
          { reason: "failed_after_change", count: 12 },
          { reason: "rolled_back", count: 9 },
          { reason: "rollout_rolled_back", count: 1 },
        ],
        leftOut: [
          { reason: "failed_before_change", count: 38 },
          { reason: "heartbeat", count: 11 },
          { reason: "reported_twice", count: 2 },
        ],
        missing,
        ids: [],
      },
    }),
    failedDeploymentRecoveryTime: measure({
      unit: "ms",
      value: 38 * MINUTE,
      p90: 125 * MINUTE,
      coverage: { known: 19, total: 22, of: "failed deployments", observed: 24 / 26 },
      evidence: {
        formula: "median of 19",
        counted: [
          { reason: "failed_after_change", count: 12 },
          { reason: "rolled_back", count: 7 },
        ],
        leftOut: [],
        missing,
        ids: [],
      },
    }),
    deploymentReworkRate: measure({
      why: "Nothing tells which deployments were unplanned.",
      coverage: { known: 0, total: 274, of: "deployments", observed: 24 / 26 },
    }),
  };
  const empty = measure({ why, coverage: { known: 0, total: 0, of: "deployments", observed: 0 } });
  const name = Object.keys(measures).find((each): each is DoraMeasureName => each === explain && each in measures);
  const total = name === undefined ? 0 : measures[name].evidence.counted.reduce((sum, each) => sum + each.count, 0);
  return {
    asOf: now,
    since,
    until,
    measures: none
      ? {
          deploymentFrequency: { ...empty, unit: "per_day" },
          changeLeadTime: { ...empty, unit: "ms" },
          changeFailRate: empty,
          failedDeploymentRecoveryTime: { ...empty, unit: "ms" },
          deploymentReworkRate: empty,
        }
      : measures,
    buckets,
    notObserved: none ? [] : [{ ...gap, reason: "source_silent", source: null }],
    explained:
      name === undefined
        ? null
        : {
            measure: name,
            total,
            items: Array.from({ length: Math.min(20, total) }, (_, index) => ({
              clusterId: "prod-eu",
              namespace: "shop",
              repoName: "checkout",
              at: NOW - index * 3 * DAY,
              syncId: `checkout-${index}`,
              eventId: `checkout-event-${index}`,
              revision: "e01b7c4aa1b2c3d4e5f60718293a4b5c6d7e8f90",
              reason:
                ["failed_after_change", "rolled_back", "failed_after_change", "rollout_rolled_back"][index % 4] ??
                "rolled_back",
              durationMs: name === "changeLeadTime" ? 21 * HOUR : null,
              errorType: index % 2 === 0 ? "apply_error" : null,
              relatedRevision: index % 4 === 1 ? "5a9e013" : null,
            })),
            nextCursor: total > 20 ? "20" : null,
          },
  };
}
