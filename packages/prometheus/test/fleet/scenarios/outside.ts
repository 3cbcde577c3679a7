import { DELIVERY_BUCKETS } from "@alumiini/core/metrics";
import { defineSlos } from "../../../src/rules/index.js";
import { names, register, sync } from "../../rules/fleet.js";
import type { Replica, Timeline } from "../../rules/timeline.js";
import type { Chapter } from "../scenario.js";
import { leaveOut, oneOfMany, polled, RATES } from "./polled.js";

const app = { repoName: "app-1", namespace: "team-a" } as const;

/** Polls some repositories at an interval in minutes while a replica runs. */
async function polling(
  timeline: Timeline,
  replica: Replica,
  minutes: number,
  ok = (_: string, __: number) => true,
): Promise<void> {
  register(replica, names(4));
  const begun = timeline.seconds / 60;
  await timeline.run(minutes, (step) => {
    const minute = (step * timeline.stepSeconds) / 60;
    if (minute % 5 === 0) for (const name of names(4)) sync(replica, name, { ok: ok(name, begun + minute) });
  });
}

/** What does not happen every day. */
export const OUTSIDE: Chapter = {
  title: "What does not happen every day",
  scenarios: [
    {
      situation: "a repository fails, is reported, and is removed",
      leaveOut,
      async play(timeline) {
        const replica = timeline.start();
        register(replica, names(4));
        await timeline.run(200, (minute) => {
          if (minute === 120) replica.prometheus.removeRepository("app-1");
          if (minute % 5 !== 0) return;
          for (const name of names(4)) {
            if (name !== "app-1") sync(replica, name);
            else if (minute < 120) sync(replica, name, { ok: minute < 30 });
          }
        });
      },
      pages: [
        { alert: "AlumiiniRepoSyncFailing", labels: { repo_name: "app-1" }, from: 30, latest: 70, ends: [119, 133] },
      ],
      besides: ["AlumiiniSyncStale", ...RATES],
    },
    {
      situation: "a repository fails while the controller is restarted every 40 minutes",
      leaveOut,
      async play(timeline) {
        for (let restart = 0; restart < 5; restart++) {
          const replica = timeline.start({ target: { instance: `pod-${restart}` } });
          await polling(timeline, replica, 40, (name, minute) => name !== "app-1" || minute < 40);
          replica.stop();
        }
      },
      pages: [{ alert: "AlumiiniRepoSyncFailing", labels: { repo_name: "app-1" }, from: 40, latest: 80 }],
      besides: ["AlumiiniSyncStale", ...RATES],
    },
    {
      situation:
        "three retries fail within 10 minutes, one succeeds, and then nothing comes for hours (staleAfterSeconds: 6h)",
      leaveOut,
      rules: { slos: defineSlos({ staleAfterSeconds: 21_600 }) },
      async play(timeline) {
        const replica = timeline.start();
        register(replica, names(4));
        await timeline.run(300, (minute) => {
          if (minute % 5 === 0) for (const name of names(4).slice(1)) sync(replica, name);
          if (minute === 1 || minute === 45) sync(replica, "app-1");
          if ([30, 34, 38].includes(minute)) sync(replica, "app-1", { ok: false });
        });
      },
      pages: [
        { alert: "AlumiiniRepoSyncFailing", labels: { repo_name: "app-1" }, from: 30, latest: 43, ends: [38, 48] },
      ],
      besides: RATES,
    },
    {
      situation: "a repository of 40 fails every other time, for a day's part",
      leaveOut,
      play: (timeline) => polled(timeline, 40, 10, 300, (index, minute) => index !== 3 || minute % 20 === 0),
      pages: [{ alert: "AlumiiniRepoSyncFlapping", labels: { repo_name: "app-4" }, from: 0, latest: 100 }],
      besides: ["AlumiiniSLOErrorBudgetBurn"],
    },
    {
      situation: "the forge is down for 90 seconds, in which a tenth of a minute's fleet is polled",
      leaveOut,
      async play(timeline) {
        const replica = timeline.start();
        register(replica, names(40));
        await timeline.run(180, (minute) => {
          for (const [index, name] of names(40).entries()) {
            if (index % 10 === minute % 10) sync(replica, name, { ok: minute !== 90 });
          }
        });
      },
      pages: [],
      besides: ["AlumiiniSLOErrorBudgetBurn"],
    },
    {
      situation: "scrapes are 60 seconds apart and every fifth fails",
      leaveOut,
      async play(timeline) {
        for (let minute = 0; minute < 100; minute += 5) {
          const replica = timeline.start();
          register(replica, names(4));
          for (const name of names(4)) sync(replica, name);
          await timeline.run(4);
          replica.stop();
          await timeline.run(1);
        }
      },
      pages: [],
      besides: ["AlumiiniControllerRestarting"],
    },
    {
      situation: "a new controller finds that its outbox lost messages",
      async play(timeline) {
        const durations = { bounds: DELIVERY_BUCKETS, counts: Array(DELIVERY_BUCKETS.length + 1).fill(0), sum: 0 };
        const outbox = { pending: 0, bytes: 0, degraded: false, corrupt: 3, lost: 0, deadLetters: 0 };
        const stats = () => ({ delivered: 0, dropped: {}, retries: 0, pending: 0, durations, outbox });
        timeline.start({ target: { instance: "pod-1" } });
        await timeline.run(30);
        timeline.start({ target: { instance: "pod-2" }, sinks: [{ name: "nats", stats }] });
        await timeline.run(120);
      },
      pages: [
        {
          alert: "AlumiiniOutboxDataLost",
          labels: { sink: "nats", reason: "corrupt" },
          from: 30,
          latest: 32,
          ends: [30, 92],
        },
      ],
    },
    {
      situation: "the caches of a controller are cold after a restart, polled every 10 minutes",
      async play(timeline) {
        for (let restart = 0; restart < 3; restart++) {
          const replica = timeline.start({ target: { instance: `pod-${restart}` } });
          await timeline.run(120, (minute) => {
            if (minute % 10 !== 0) return;
            const result = minute < 20 ? "miss" : "hit";
            for (let i = 0; i < 10; i++) replica.telemetry.measure("cache_access", { cacheName: "commits", result });
          });
          replica.stop();
        }
      },
      pages: [],
    },
    {
      situation: "two rollouts cancel half of the syncs for an hour",
      leaveOut,
      async play(timeline) {
        const replica = timeline.start();
        register(replica, names(10));
        await timeline.run(180, (minute) => {
          for (const [index, name] of names(10).entries()) {
            sync(replica, name, { cancelled: minute >= 60 && minute < 120 && (index + minute) % 2 === 0 });
          }
        });
      },
      pages: [],
    },
    {
      situation: "a repository is registered and never synced",
      leaveOut,
      async play(timeline) {
        const replica = timeline.start();
        register(replica, names(2));
        await timeline.run(120, (minute) => minute % 10 === 0 && sync(replica, "app-2"));
      },
      pages: [{ alert: "AlumiiniSyncStale", labels: { repo_name: "app-1" }, from: 0, latest: 70 }],
    },
    {
      situation: "a suspended repository keeps failing when it is tried by hand",
      leaveOut,
      async play(timeline) {
        const replica = timeline.start();
        register(replica, names(2));
        replica.telemetry.measure("suspension", { ...app, suspended: true });
        await timeline.run(200, (minute) => {
          if (minute % 5 !== 0) return;
          sync(replica, "app-2");
          sync(replica, "app-1", { ok: minute < 30 });
        });
      },
      pages: [],
      besides: RATES,
    },
    {
      situation: "two of three replicas of a leaderless controller relay the same events",
      leaveOut,
      async play(timeline) {
        const replicas = ["pod-1", "pod-2", "pod-3"].map((instance) => timeline.start({ target: { instance } }));
        for (const replica of replicas) register(replica, names(2));
        await timeline.run(150, (minute) => {
          if (minute % 10 !== 0) return;
          for (const replica of replicas.slice(0, 2)) for (const name of names(2)) sync(replica, name);
        });
      },
      pages: [],
    },
    {
      situation: "metrics in seconds, OpenMetrics: syncs become too slow",
      rules: { durationUnit: "seconds" },
      async play(timeline) {
        const replica = timeline.start({ durationUnit: "seconds", openMetrics: true });
        register(replica, names(10));
        await timeline.run(100, (minute) => {
          for (const name of names(10)) sync(replica, name, { durationMs: minute < 40 ? 900 : 61_000 });
        });
      },
      pages: [{ alert: "HighSyncLatency", from: 40, latest: 50 }],
      besides: ["AlumiiniSLOErrorBudgetBurn"],
    },
    {
      situation: "one sync of a thousand takes minutes",
      async play(timeline) {
        const replica = timeline.start();
        register(replica, names(20));
        await timeline.run(200, (minute) => {
          for (const [index, name] of names(20).entries()) {
            sync(replica, name, { durationMs: minute % 50 === 25 && index === 3 ? 300_000 : 900 });
          }
        });
      },
      pages: [],
    },
    {
      situation: "an installation that no label tells from another: both lead",
      async play(timeline) {
        for (const instance of ["pod-1", "pod-2"])
          timeline.start({ target: { instance } }).telemetry.measure("leadership", { leader: true });
        await timeline.run(30);
      },
      pages: [{ alert: "AlumiiniTwoLeaders", labels: { cluster: "prod" }, from: 0, latest: 3 }],
    },
    {
      situation: "a controller without any labels of its own (`by: []`) fails and vanishes",
      leaveOut,
      rules: { by: [] },
      async play(timeline) {
        const replica = timeline.start();
        await polling(timeline, replica, 100, (_, minute) => minute < 40);
        replica.stop();
        await timeline.run(30);
      },
      pages: [
        { alert: "LowSyncSuccessRate", from: 40, latest: 55, ends: [99, 240] },
        { alert: "AlumiiniMetricsAbsent", from: 100, latest: 108 },
      ],
      besides: ["AlumiiniSLOErrorBudgetBurn", "AlumiiniRepoSyncFailing"],
    },
    oneOfMany(60, 12, 65),
    oneOfMany(60, 14, 70),
    oneOfMany(60, 20, 85),
    oneOfMany(60, 30, 125),
  ],
};
