import { defineSlos } from "../../../src/rules/index.js";
import { names, register, sync } from "../../rules/fleet.js";
import type { Timeline } from "../../rules/timeline.js";
import type { Chapter, Scenario } from "../scenario.js";
import { leaveOut, oneOfMany, polled } from "./polled.js";

function oneFails(every: number): Scenario {
  return {
    situation: `8 repositories, all polled together every ${every} minutes; a single sync fails`,
    leaveOut,
    play: (timeline) => polled(timeline, 8, every, 360, (index, minute) => index !== 3 || minute !== 180),
    pages: [],
  };
}

function allFailOnce(every: number): Scenario {
  return {
    situation: `8 repositories, all polled together every ${every} minutes; all fail in one cycle`,
    leaveOut,
    play: (timeline) => polled(timeline, 8, every, every <= 15 ? 330 : 510, (_, minute) => minute !== 240),
    pages: [
      {
        alert: "LowSyncSuccessRate",
        labels: { severity: "critical", cluster: "prod" },
        from: 240,
        latest: 250,
        ends: [240, 240 + (every <= 15 ? 60 : 240)],
      },
    ],
    besides: ["AlumiiniSLOErrorBudgetBurn"],
  };
}

/** How traffic comes pages nobody, and one cause pages once. */
export const TRAFFIC: Chapter = { title: "Traffic", scenarios: [oneFails(15), oneFails(60), allFailOnce(15)] };

/** The same for other intervals. */
export const MORE_TRAFFIC: Chapter = {
  title: "More traffic",
  scenarios: [oneFails(10), oneFails(30), allFailOnce(10), allFailOnce(30), allFailOnce(60)],
};

/** Busy days, silent nights. */
export const DAYS_AND_NIGHTS: Chapter = {
  title: "Days and nights",
  scenarios: [
    {
      situation: "60 syncs a minute by day, 20 in a night; all is well",
      leaveOut,
      // By night each repository is synced once.
      rules: { slos: defineSlos({ staleAfterSeconds: 86_400 }) },
      play: (timeline) => daysAndNights(timeline, 1.6, () => true),
      pages: [],
    },
    {
      situation: "60 syncs a minute by day, 20 in a night; one repository of 30 fails from the first noon on",
      leaveOut,
      // By night each repository is synced once.
      rules: { slos: defineSlos({ staleAfterSeconds: 86_400 }) },
      play: (timeline) => daysAndNights(timeline, 1.6, (index, minute) => index !== 4 || minute < 360),
      pages: [
        { alert: "AlumiiniRepoSyncFailing", labels: { repo_name: "app-5" }, from: 360, latest: 400, ends: [0, 5000] },
      ],
      besides: ["AlumiiniSyncStale", "AlumiiniSLOErrorBudgetBurn", "LowSyncSuccessRate"],
    },
  ],
};

async function daysAndNights(
  timeline: Timeline,
  days: number,
  ok: (repository: number, minute: number) => boolean,
): Promise<void> {
  const replica = timeline.start();
  const repositories = names(30);
  register(replica, repositories);
  await timeline.run(days * 1440, (minute) => {
    const isDay = minute % 1440 < 720;
    if (!isDay && minute % 36 !== 0) return;
    for (const [index, name] of repositories.entries()) {
      if (isDay || index === (minute / 36) % 30) sync(replica, name, { ok: ok(index, minute) });
    }
  });
}

/** One repository among many. promtool takes no more; thousands are for a live Prometheus. */
export const LARGE_FLEETS: Chapter = {
  title: "Large fleets",
  scenarios: [oneOfMany(200, 10, 65)],
};
