import { defineSlos } from "../../../src/rules/index.js";
import { names, register, sync } from "../../rules/fleet.js";
import type { Timeline } from "../../rules/timeline.js";
import type { Chapter } from "../scenario.js";
import { leaveOut, oneOfMany, polled, RATES } from "./polled.js";

/** What becomes of single repositories. */
export const REPOSITORIES: Chapter = {
  title: "Repositories",
  scenarios: [
    oneOfMany(20, 5, 40),
    {
      situation: "one repository, polled every 15 minutes, always fails, and works again after 4 hours",
      leaveOut,
      play: (timeline) => polled(timeline, 1, 15, 420, (_, minute) => minute < 60 || minute >= 300),
      pages: [
        {
          alert: "AlumiiniRepoSyncFailing",
          labels: { repo_name: "app-1", severity: "warning" },
          from: 60,
          latest: 125,
          ends: [299, 305],
        },
      ],
      besides: ["AlumiiniSyncStale", ...RATES],
    },
    {
      situation: "one repository, polled every hour, always fails",
      leaveOut,
      play: (timeline) => polled(timeline, 1, 60, 480, (_, minute) => minute < 180),
      pages: [
        { alert: "AlumiiniSyncStale", labels: { repo_name: "app-1" }, from: 180, latest: 250 },
        { alert: "AlumiiniRepoSyncFailing", labels: { repo_name: "app-1" }, from: 180, latest: 370 },
      ],
      besides: RATES,
    },
    {
      situation: "one repository, polled every hour, fails once",
      leaveOut,
      play: (timeline) => polled(timeline, 1, 60, 600, (_, minute) => minute !== 300),
      pages: [],
    },
    {
      situation: "one of 20 repositories, polled every 5 minutes, fails every other time for 6 hours",
      leaveOut,
      play: (timeline) =>
        polled(
          timeline,
          20,
          5,
          780,
          (index, minute) => index !== 6 || minute < 60 || minute >= 420 || minute % 10 !== 0,
        ),
      pages: [
        {
          alert: "AlumiiniRepoSyncFlapping",
          labels: { repo_name: "app-7", severity: "warning" },
          from: 60,
          latest: 120,
          ends: [415, 730],
        },
      ],
      besides: RATES,
    },
    {
      situation: "one of 20 repositories, polled every hour, fails every other time",
      leaveOut,
      play: (timeline) =>
        polled(timeline, 20, 60, 960, (index, minute) => index !== 6 || minute < 60 || minute % 120 !== 0),
      pages: [{ alert: "AlumiiniRepoSyncFlapping", labels: { repo_name: "app-7" }, from: 60, latest: 780 }],
      besides: RATES,
    },
    {
      situation: "each of 20 repositories, polled every 5 minutes, fails once within ten hours",
      leaveOut,
      play: (timeline) => polled(timeline, 20, 5, 660, (index, minute) => minute !== 60 + 25 * index),
      pages: [],
      besides: RATES,
    },
    {
      situation: "of two repositories of one name in two namespaces, one fails from now on",
      leaveOut,
      async play(timeline) {
        const replica = timeline.start();
        await sameName(timeline, replica);
      },
      pages: [{ alert: "AlumiiniRepoSyncFailing", labels: { repo_name: "app" }, from: 60, latest: 125 }],
      besides: ["AlumiiniSyncStale", ...RATES],
    },
    {
      situation: "the same with `repo_namespace` opted into, in metrics and rules",
      leaveOut,
      rules: { optInLabels: ["repo_namespace"] },
      async play(timeline) {
        const replica = timeline.start({ optInLabels: ["repo_namespace"] });
        await sameName(timeline, replica);
      },
      pages: [
        {
          alert: "AlumiiniRepoSyncFailing",
          labels: { repo_name: "app", repo_namespace: "team-b" },
          from: 60,
          latest: 100,
        },
      ],
      besides: ["AlumiiniSyncStale", ...RATES],
    },
  ],
};

/** What syncs alone don't tell of a repository. */
export const STATES: Chapter = {
  title: "States of repositories",
  scenarios: [
    {
      situation: "a repository is suspended for 5 hours and then resumed",
      leaveOut,
      async play(timeline) {
        const replica = timeline.start();
        register(replica, names(2));
        await timeline.run(440, (minute) => {
          if (minute === 62 || minute === 362) {
            replica.telemetry.measure("suspension", {
              repoName: "app-1",
              namespace: "team-a",
              suspended: minute === 62,
            });
          }
          if (minute % 10 !== 0) return;
          sync(replica, "app-2");
          if (minute < 60 || minute > 370) sync(replica, "app-1");
        });
      },
      pages: [],
    },
    {
      situation: "a sync hangs for an hour",
      leaveOut,
      async play(timeline) {
        const replica = timeline.start();
        register(replica, names(2));
        const app = { repoName: "app-1", namespace: "team-a", trigger: "poll", syncId: "hangs" } as const;
        await timeline.run(180, (minute) => {
          if (minute % 10 === 0) sync(replica, "app-2");
          if (minute % 10 === 0 && (minute < 60 || minute > 120)) sync(replica, "app-1");
          if (minute === 60) replica.telemetry.emit("sync_started", app);
          if (minute === 120) replica.telemetry.emit("sync_completed", { ...app, durationMs: 3_600_000 });
        });
      },
      pages: [
        { alert: "AlumiiniSyncStuck", labels: { repo_name: "app-1" }, from: 60, latest: 78, ends: [118, 121] },
        { alert: "AlumiiniSyncStale", labels: { repo_name: "app-1" }, from: 110, latest: 120, ends: [115, 121] },
      ],
    },
    {
      situation: "an object drifts and stays so",
      leaveOut,
      async play(timeline) {
        const replica = timeline.start();
        register(replica, names(2));
        await timeline.run(240, (minute) => {
          if (minute % 10 === 0) for (const name of names(2)) sync(replica, name);
          if (minute === 60) drift(replica, "drift_detected");
          if (minute === 200) drift(replica, "drift_corrected");
        });
      },
      pages: [
        { alert: "AlumiiniDriftPersists", labels: { repo_name: "app-1" }, from: 60, latest: 130, ends: [199, 220] },
      ],
    },
    {
      situation: "an object drifts again after each correction, every 5 minutes",
      leaveOut,
      async play(timeline) {
        const replica = timeline.start();
        register(replica, names(2));
        await timeline.run(200, (minute) => {
          if (minute % 10 === 0) for (const name of names(2)) sync(replica, name);
          if (minute < 60 || minute % 5 !== 0) return;
          drift(replica, "drift_detected");
          drift(replica, "drift_corrected");
        });
      },
      pages: [{ alert: "AlumiiniDriftPersists", labels: { repo_name: "app-1" }, from: 60, latest: 135 }],
    },
    {
      situation: "an object drifts once and is corrected",
      leaveOut,
      async play(timeline) {
        const replica = timeline.start();
        register(replica, names(2));
        await timeline.run(180, (minute) => {
          if (minute % 10 === 0) for (const name of names(2)) sync(replica, name);
          if (minute === 60) drift(replica, "drift_detected");
          if (minute === 70) drift(replica, "drift_corrected");
        });
      },
      pages: [],
    },
    {
      situation: "a commit is known and not deployed for hours, where syncs are expected once a day",
      leaveOut,
      rules: { slos: defineSlos({ staleAfterSeconds: 86_400 }) },
      async play(timeline) {
        const replica = timeline.start();
        register(replica, names(2));
        const app = { repoName: "app-1", namespace: "team-a" } as const;
        await timeline.run(300, (minute) => {
          if (minute === 1) sync(replica, "app-2");
          if (minute === 1)
            replica.telemetry.emit("sync_completed", { ...app, trigger: "poll", commit: "a", durationMs: 9 });
          if (minute === 60) replica.telemetry.emit("git_fetched", { ...app, commit: "b", durationMs: 9 });
          if (minute === 240)
            replica.telemetry.emit("sync_completed", { ...app, trigger: "poll", commit: "b", durationMs: 9 });
        });
      },
      pages: [
        { alert: "AlumiiniRepoOutOfSync", labels: { repo_name: "app-1" }, from: 60, latest: 127, ends: [239, 242] },
      ],
    },
  ],
};

type Replica = ReturnType<Timeline["start"]>;

/** `team-a/app` succeeds; `team-b/app` fails from minute 60 on. Both are polled every 10 minutes. */
async function sameName(timeline: Timeline, { telemetry }: Replica): Promise<void> {
  await timeline.run(220, (minute) => {
    if (minute % 10 !== 0) return;
    for (const namespace of ["team-a", "team-b"]) {
      const sync = { repoName: "app", namespace, trigger: "poll", durationMs: 900 } as const;
      if (namespace === "team-b" && minute >= 60) telemetry.emit("sync_failed", { ...sync, errorType: "parse_error" });
      else telemetry.emit("sync_completed", sync);
    }
  });
}

function drift({ telemetry }: Replica, type: "drift_detected" | "drift_corrected"): void {
  telemetry.emit(type, { repoName: "app-1", namespace: "team-a", resourceKey: "Deployment/team-a/web" });
}
