import { describe } from "vitest";
import { defineSlos } from "../../src/rules/index.js";
import { names, register, type SyncOptions, sync } from "./fleet.js";
import { rule } from "./rule.js";
import { type ReplicaOptions, Timeline } from "./timeline.js";

const prod = { severity: "warning", cluster: "prod" } as const;
const burn = (severity: string, slo: string) =>
  ({ name: "AlumiiniSLOErrorBudgetBurn", severity, cluster: "prod", slo }) as const;

/** Half an hour in which a fleet syncs like this once a minute. */
async function steady(options: SyncOptions, start: ReplicaOptions = {}, every = 1, minutes = 30): Promise<Timeline> {
  const timeline = new Timeline();
  const replica = timeline.start(start);
  register(replica, names(5));
  await timeline.run(minutes, (minute) => {
    if (minute > 0 && minute % every === 0) for (const name of names(5)) sync(replica, name, options);
  });
  return timeline;
}

const both = (slo: string) => [burn("critical", slo), burn("warning", slo)];

describe.each([
  ["HighSyncLatency", "sync-latency", "durationMs", 35_000, 61_000, 700_000],
  ["AlumiiniGitFetchLatencyHigh", "git-fetch-latency", "fetchMs", 15_000, 31_000, 900_000],
  ["AlumiiniApplyLatencyHigh", "apply-latency", "applyMs", 8000, 11_000, 70_000],
] as const)("%s", (name, slo, field, slow, tooSlow, beyond) => {
  const alert = { name, ...prod };

  rule("fires once for the fleet, however many repositories and replicas", async () => {
    const timeline = new Timeline();
    const replicas = ["pod-1", "pod-2"].map((instance) => timeline.start({ target: { instance } }));
    for (const replica of replicas) register(replica, names(3));
    await timeline.run(30, (minute) => {
      for (const replica of replicas) {
        for (const trigger of ["poll", "webhook"] as const) {
          for (const repo of names(3)) if (minute > 0) sync(replica, repo, { [field]: tooSlow, trigger });
        }
      }
    });
    return {
      timeline,
      firing: [
        { atMinutes: 4, alerts: [] },
        { atMinutes: 25, alerts: [alert, ...both(slo)] },
      ],
    };
  });

  rule("fires beyond the last bound", async () => ({
    timeline: await steady({ [field]: beyond }),
    firing: [{ atMinutes: 25, alerts: [alert, ...both(slo)] }],
  }));

  rule("fires for what happens every ten minutes, and stays", async () => {
    const timeline = await steady({ [field]: tooSlow }, {}, 10, 90);
    const alerts = [alert, ...both(slo)];
    return {
      timeline,
      firing: [
        { atMinutes: 68, alerts },
        { atMinutes: 77, alerts },
        { atMinutes: 89, alerts },
      ],
    };
  });

  rule("is quiet below the threshold, which the budget's alert is not", async () => ({
    timeline: await steady({ [field]: slow }),
    firing: [{ atMinutes: 25, alerts: both(slo) }],
  }));

  rule("is quiet within the objective, in either format and unit", async () => ({
    timeline: await steady({}, { openMetrics: true }),
    firing: [{ atMinutes: 25, alerts: [] }],
  }));

  rule("fires in seconds", async () => ({
    timeline: await steady({ [field]: tooSlow }, { durationUnit: "seconds", openMetrics: true }),
    rules: { durationUnit: "seconds" },
    firing: [{ atMinutes: 25, alerts: [alert, ...both(slo)] }],
  }));
});

describe("the bounds of Prometheus 3 and of OpenMetrics", () => {
  rule('le="30000.0" measures the objective as le="30000" does', async () => {
    const timeline = new Timeline();
    const replica = timeline.start({ openMetrics: true });
    register(replica, names(2));
    await timeline.run(30, (minute) => {
      if (minute > 0) for (const [i, name] of names(2).entries()) sync(replica, name, { durationMs: i * 35_000 });
    });
    const expr = 'sum without (cluster, namespace, job, slo) (alumiini:slo_error:ratio_rate5m{slo="sync-latency"})';
    return {
      timeline,
      firing: [{ atMinutes: 25, alerts: both("sync-latency") }],
      queries: [{ atMinutes: 25, expr, value: 0.5 }],
    };
  });

  rule("of two formats in one fleet are added", async () => {
    const timeline = new Timeline();
    const replicas = [true, false].map((openMetrics) =>
      timeline.start({ openMetrics, target: { instance: `pod-${openMetrics}` } }),
    );
    for (const replica of replicas) register(replica, ["app-1"]);
    await timeline.run(30, (minute) => {
      if (minute > 0) for (const replica of replicas) sync(replica, "app-1", { durationMs: 61_000 });
    });
    const alerts = [{ name: "HighSyncLatency", ...prod }, ...both("sync-latency")];
    return { timeline, firing: [{ atMinutes: 25, alerts }] };
  });
});

describe("thresholds of one's own", () => {
  rule("take the place of the ADR's", async () => ({
    timeline: await steady({ durationMs: 61_000 }),
    rules: { slos: defineSlos({ syncLatency: { thresholdMs: 120_000, alertAboveMs: 120_000 } }) },
    firing: [{ atMinutes: 25, alerts: [] }],
  }));
});
