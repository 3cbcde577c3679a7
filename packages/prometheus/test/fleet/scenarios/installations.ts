import { names, register, type SyncOptions, sync } from "../../rules/fleet.js";
import type { ReplicaOptions, Timeline } from "../../rules/timeline.js";
import type { Chapter } from "../scenario.js";

const BURN = ["AlumiiniSLOErrorBudgetBurn"];

/** A fleet of ten that syncs every minute; `each` says how. */
async function busy(
  timeline: Timeline,
  minutes: number,
  each: (minute: number, repository: number) => SyncOptions,
  start: ReplicaOptions = {},
): Promise<void> {
  const replica = timeline.start(start);
  register(replica, names(10));
  await timeline.run(minutes, (minute) => {
    for (const [index, name] of names(10).entries()) sync(replica, name, each(minute, index));
  });
  replica.stop();
}

/** What becomes of all repositories together, and of who leads. */
export const INSTALLATIONS: Chapter = {
  title: "Whole installations",
  scenarios: [
    {
      situation: "the forge is down for 40 minutes",
      leaveOut: /_duration_/,
      play: (timeline) => busy(timeline, 140, (minute) => ({ ok: minute < 40 || minute >= 80 })),
      pages: [{ alert: "LowSyncSuccessRate", labels: { severity: "critical" }, from: 40, latest: 50, ends: [79, 100] }],
      besides: [...BURN, "AlumiiniRepoSyncFailing"],
    },
    {
      situation: "every tenth sync fails, for 40 minutes",
      leaveOut: /_duration_/,
      play: (timeline) =>
        busy(timeline, 140, (minute, index) => ({ ok: minute < 40 || minute >= 80 || index !== minute % 10 })),
      pages: [{ alert: "LowSyncSuccessRate", from: 40, latest: 55, ends: [79, 100] }],
      besides: BURN,
    },
    {
      situation: "every fortieth sync fails: within what is tolerated at once, and too much for 30 days",
      leaveOut: /_duration_/,
      play: (timeline) =>
        busy(timeline, 200, (minute, index) => ({ ok: minute < 40 || (minute * 10 + index) % 40 !== 0 })),
      pages: [
        {
          alert: "AlumiiniSLOErrorBudgetBurn",
          labels: { severity: "warning", slo: "sync-success", cluster: "prod" },
          from: 40,
          latest: 150,
        },
      ],
      // They are all of one repository.
      besides: ["AlumiiniRepoSyncFlapping"],
    },
    {
      situation: 'syncs become slower than a minute, scraped by Prometheus 3 (`le="60000.0"`)',
      play: (timeline) =>
        busy(timeline, 120, (minute) => ({ durationMs: minute < 40 || minute >= 80 ? 900 : 61_000 }), {
          openMetrics: true,
        }),
      pages: [{ alert: "HighSyncLatency", labels: { severity: "warning" }, from: 40, latest: 50, ends: [79, 100] }],
      besides: BURN,
    },
    {
      situation: "the controller is restarted every 15 minutes, its counters with it",
      leaveOut: /_duration_/,
      async play(timeline) {
        for (let restart = 0; restart < 6; restart++) await busy(timeline, 15, () => ({}));
      },
      pages: [],
    },
    {
      situation: "the controller's clock is 4 minutes ahead of Prometheus'",
      leaveOut: /_duration_/,
      play: (timeline) => busy(timeline, 120, () => ({}), { clockAheadSeconds: 240 }),
      pages: [],
    },
    {
      situation: "the controller's clock is 4 minutes behind",
      leaveOut: /_duration_/,
      play: (timeline) => busy(timeline, 120, () => ({}), { clockAheadSeconds: -240 }),
      pages: [],
    },
    {
      situation: "the same repositories in three clusters of one Prometheus: in one of them they fail",
      leaveOut: /_duration_/,
      async play(timeline) {
        const clusters = ["prod", "edge", "staging"];
        const replicas = clusters.map((cluster) => timeline.start({ target: { cluster } }));
        for (const replica of replicas) register(replica, names(3));
        await timeline.run(180, (minute) => {
          if (minute % 5 !== 0) return;
          for (const [index, replica] of replicas.entries()) {
            for (const name of names(3)) sync(replica, name, { ok: index !== 2 || minute < 60 });
          }
        });
      },
      pages: [
        { alert: "LowSyncSuccessRate", labels: { cluster: "staging" }, from: 60, latest: 75 },
        ...names(3).map((repo_name) => ({
          alert: "AlumiiniRepoSyncFailing",
          labels: { cluster: "staging", repo_name },
          from: 60,
          latest: 100,
        })),
      ],
      besides: [...BURN, "AlumiiniSyncStale"],
    },
    {
      situation: "the leader crashes, and another takes over after a minute",
      stepSeconds: 30,
      leaveOut: /_duration_/,
      async play(timeline) {
        for (let leader = 0; leader < 3; leader++) {
          const follower = timeline.start({ target: { instance: `pod-${leader + 1}` } });
          follower.telemetry.measure("leadership", { leader: false });
          await timeline.run(1);
          const replica = timeline.start({ target: { instance: `pod-${leader}` } });
          replica.telemetry.measure("leadership", { leader: true });
          register(replica, names(3));
          await timeline.run(40, (step) => {
            if (step % 20 === 0) for (const name of names(3)) sync(replica, name);
          });
          replica.stop();
          follower.stop();
        }
      },
      pages: [],
    },
    {
      situation: "two replicas lead for half an hour",
      async play(timeline) {
        const replicas = ["pod-1", "pod-2"].map((instance) => timeline.start({ target: { instance } }));
        await timeline.run(120, (minute) => {
          for (const [index, { telemetry }] of replicas.entries()) {
            telemetry.measure("leadership", { leader: index === 0 || (minute >= 40 && minute < 70) });
          }
        });
      },
      pages: [{ alert: "AlumiiniTwoLeaders", labels: { cluster: "prod" }, from: 40, latest: 43, ends: [69, 71] }],
    },
    {
      situation: "the targets of two clusters have the same labels, until one of them goes",
      async play(timeline) {
        const [eu, us] = ["eu", "us"].map((clusterId) =>
          timeline.start({ clusterId, target: { instance: clusterId } }),
        );
        for (const replica of [eu, us]) replica?.telemetry.measure("worker_count", { count: 1 });
        await timeline.run(60);
        us?.stop();
        await timeline.run(20);
      },
      pages: [{ alert: "AlumiiniClustersMerged", labels: { cluster: "prod" }, from: 14, latest: 20, ends: [59, 67] }],
    },
    {
      situation: "the leader steps down, and nobody takes over for an hour",
      async play(timeline) {
        const replicas = ["pod-1", "pod-2"].map((instance) => timeline.start({ target: { instance } }));
        await timeline.run(140, (minute) => {
          for (const [index, { telemetry }] of replicas.entries()) {
            telemetry.measure("leadership", { leader: index === 0 && (minute < 40 || minute >= 100) });
          }
        });
      },
      pages: [{ alert: "AlumiiniNoLeader", labels: { cluster: "prod" }, from: 40, latest: 56, ends: [99, 101] }],
    },
    {
      situation: "there are more repositories than `maxRepositories`",
      leaveOut: /_duration_/,
      async play(timeline) {
        const replica = timeline.start({ maxRepositories: 5 });
        await timeline.run(60, (minute) => {
          if (minute % 10 === 0) for (const name of names(7)) sync(replica, name);
        });
      },
      pages: [
        {
          alert: "AlumiiniLabelLimitReached",
          labels: { option: "maxRepositories", label: "repo_name" },
          from: 0,
          latest: 6,
        },
      ],
    },
    {
      situation: "more repositories are registered than `maxRepositories`, and none is synced yet",
      async play(timeline) {
        register(timeline.start({ maxRepositories: 5 }), names(6));
        await timeline.run(20);
      },
      pages: [
        {
          alert: "AlumiiniLabelLimitReached",
          labels: { option: "maxRepositories", label: "repo_name" },
          from: 0,
          latest: 6,
        },
      ],
    },
    {
      situation: "there are more caches than `maxLabelValues`",
      async play(timeline) {
        const { telemetry } = timeline.start({ maxLabelValues: 2 });
        await timeline.run(60, () => {
          for (const cacheName of ["a", "b", "c"]) telemetry.measure("cache_access", { cacheName, result: "hit" });
        });
      },
      pages: [
        {
          alert: "AlumiiniLabelLimitReached",
          labels: { option: "maxLabelValues", label: "cache_name" },
          from: 0,
          latest: 6,
        },
      ],
    },
    {
      situation: "the worker of a repository is restarted every 10 minutes",
      async play(timeline) {
        const { telemetry } = timeline.start();
        await timeline.run(120, (minute) => {
          if (minute % 10 === 5) telemetry.measure("worker_restart", { repoName: "app-1", namespace: "team-a" });
        });
      },
      pages: [{ alert: "HighWorkerRestarts", labels: { repo_name: "app-1" }, from: 5, latest: 65 }],
    },
    {
      situation: "the worker of a repository holds 120 MB",
      async play(timeline) {
        const { telemetry } = timeline.start();
        await timeline.run(60, (minute) => {
          const bytes = minute < 20 ? 60e6 : 120e6;
          telemetry.measure("worker_memory", { repoName: "app-1", namespace: "team-a", bytes });
        });
      },
      pages: [{ alert: "AlumiiniWorkerMemoryHigh", labels: { repo_name: "app-1" }, from: 20, latest: 26 }],
    },
    {
      situation: "a cache stops hitting",
      async play(timeline) {
        const { telemetry } = timeline.start();
        await timeline.run(140, (minute) => {
          const result = minute < 60 ? "hit" : "miss";
          for (let i = 0; i < 3; i++) telemetry.measure("cache_access", { cacheName: "commits", result });
        });
      },
      pages: [{ alert: "LowCacheHitRate", labels: { cache_name: "commits" }, from: 60, latest: 76 }],
    },
    ...(
      [
        ["fetchMs", "git fetches become slower than 30 seconds", "AlumiiniGitFetchLatencyHigh", 31_000],
        ["applyMs", "applies become slower than 10 seconds", "AlumiiniApplyLatencyHigh", 11_000],
      ] as const
    ).map(([field, situation, alert, ms]) => ({
      situation,
      play: (timeline: Timeline) => busy(timeline, 90, (minute) => ({ [field]: minute < 40 ? 200 : ms })),
      pages: [{ alert, labels: { severity: "warning" }, from: 40, latest: 50 }],
      besides: BURN,
    })),
  ],
};
