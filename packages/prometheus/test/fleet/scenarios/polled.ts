import { names, register, sync } from "../../rules/fleet.js";
import type { Timeline } from "../../rules/timeline.js";
import type { Scenario } from "../scenario.js";

/** Durations play no part in what succeeds and what fails. */
export const leaveOut = /_duration_/;
/** What else says that most syncs of a small fleet fail. */
export const RATES = ["LowSyncSuccessRate", "AlumiiniSLOErrorBudgetBurn"];

/** All repositories, polled together at an interval in minutes; `ok` says how each sync ends. */
export async function polled(
  timeline: Timeline,
  count: number,
  every: number,
  minutes: number,
  ok: (repository: number, minute: number) => boolean = () => true,
): Promise<void> {
  const replica = timeline.start();
  register(replica, names(count));
  await timeline.run(minutes, (step) => {
    const minute = (step * timeline.stepSeconds) / 60;
    if (minute % every !== 0) return;
    for (const [index, name] of names(count).entries()) sync(replica, name, { ok: ok(index, minute) });
  });
}

/** One repository of many that fails from a minute on, and its name. */
export function oneOfMany(count: number, every: number, latest: number): Scenario {
  return {
    situation: `one of ${count.toLocaleString("en")} repositories, polled every ${every} minutes, fails from now on`,
    leaveOut,
    play: (timeline) => polled(timeline, count, every, 60 + latest + 20, (index, minute) => index !== 6 || minute < 60),
    pages: [{ alert: "AlumiiniRepoSyncFailing", labels: { repo_name: "app-7" }, from: 60, latest: 60 + latest }],
    besides: ["AlumiiniSyncStale", ...(count < 100 ? RATES : [])],
  };
}
