import { defineSlos } from "../../../src/rules/index.js";
import { names, register, sync } from "../../rules/fleet.js";
import type { Timeline } from "../../rules/timeline.js";
import type { Chapter, Scenario } from "../scenario.js";

const besides = ["AlumiiniSyncStale"];

/** A process that runs for a while and syncs its repositories once. */
async function live(timeline: Timeline, seconds: number, target: Readonly<Record<string, string>> = {}): Promise<void> {
  const replica = timeline.start({ target });
  register(replica, names(3));
  await timeline.run(seconds / 60, (step) => {
    if (step % Math.round(600 / timeline.stepSeconds) === 0) for (const name of names(3)) sync(replica, name);
  });
  replica.stop();
}

function crashLoop(situation: string, upSeconds: number, downSeconds: number, before: number): Scenario {
  const loops = Math.floor((90 * 60) / (upSeconds + downSeconds));
  const ends = before + (loops * (upSeconds + downSeconds)) / 60;
  return {
    situation,
    stepSeconds: 30,
    async play(timeline) {
      if (before > 0) await live(timeline, before * 60);
      for (let loop = 0; loop < loops; loop++) {
        await timeline.run(downSeconds / 60);
        await live(timeline, upSeconds);
      }
      await live(timeline, 80 * 60);
    },
    pages: [
      {
        alert: "AlumiiniControllerRestarting",
        labels: { cluster: "prod", severity: "critical" },
        from: before,
        latest: before + 25,
        ends: [ends - 10, ends + 60],
      },
    ],
    besides,
  };
}

/** What becomes of the controller itself. */
export const CONTROLLER: Chapter = {
  title: "The controller",
  scenarios: [
    crashLoop("crashes again and again: up for 30 seconds, down for 2:30", 30, 150, 45),
    crashLoop("crashes again and again: up for a minute, down for 5:00", 60, 300, 45),
    crashLoop("crashes again and again from its installation on", 60, 300, 0),
    {
      situation: "one of two replicas starts again every two minutes, too fast for a scrape to miss it",
      stepSeconds: 30,
      async play(timeline) {
        for (const instance of ["pod-1", "pod-2"]) {
          timeline.start({ target: { instance } });
          timeline.expose(
            () => {
              const restarts = instance === "pod-2" ? Math.floor(Math.max(0, timeline.seconds - 1200) / 120) : 0;
              return `process_start_time_seconds ${1000 + restarts * 120}\n`;
            },
            { instance },
          );
        }
        await timeline.run(80);
      },
      pages: [{ alert: "AlumiiniControllerRestarting", labels: { cluster: "prod" }, from: 20, latest: 32 }],
    },
    {
      situation: "three rollouts within an hour, each with a gap of a minute",
      stepSeconds: 30,
      async play(timeline) {
        for (let rollout = 0; rollout < 4; rollout++) {
          await live(timeline, 20 * 60, { instance: `pod-${rollout}` });
          await timeline.run(1);
        }
        await live(timeline, 40 * 60);
      },
      pages: [],
    },
    {
      situation: "an outage of 20 minutes",
      async play(timeline) {
        await live(timeline, 30 * 60);
        await timeline.run(20);
        await live(timeline, 60 * 60);
      },
      pages: [{ alert: "AlumiiniMetricsAbsent", labels: { cluster: "prod" }, from: 30, latest: 38, ends: [49, 51] }],
    },
    {
      situation: "never seen at all",
      async play(timeline) {
        await timeline.run(30);
      },
      pages: [{ alert: "AlumiiniMetricsAbsent", from: 0, latest: 6 }],
    },
    {
      situation: "gone in one of three clusters",
      async play(timeline) {
        timeline.start();
        timeline.start({ target: { cluster: "edge" } });
        const staging = timeline.start({ target: { cluster: "staging" } });
        await timeline.run(30);
        staging.stop();
        await timeline.run(60);
      },
      pages: [{ alert: "AlumiiniMetricsAbsent", labels: { cluster: "staging" }, from: 30, latest: 38 }],
    },
  ],
};

/** What takes days. */
export const CONTROLLER_FOR_DAYS: Chapter = {
  title: "The controller, for days",
  scenarios: [
    {
      situation: "gone for 30 hours",
      async play(timeline) {
        await live(timeline, 3600);
        await timeline.run(1800);
        await live(timeline, 1200);
      },
      pages: [{ alert: "AlumiiniMetricsAbsent", from: 60, latest: 68, ends: [1859, 1861] }],
    },
    {
      situation: "removed for good, and missed for a day (`missForDays: 1`)",
      rules: { slos: defineSlos({ missForDays: 1 }) },
      async play(timeline) {
        timeline.start({ target: { cluster: "edge" } });
        await live(timeline, 3600);
        await timeline.run(1700);
      },
      pages: [
        { alert: "AlumiiniMetricsAbsent", labels: { cluster: "prod" }, from: 60, latest: 68, ends: [1490, 1510] },
      ],
    },
  ],
};
