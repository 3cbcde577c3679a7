import type { Query } from "./promql.js";
import { JUDGED, JUDGED_BAD } from "./recorded.js";

/**
 * The bad part of each indicator, over the shortest window in which enough happens, and has happened for a while: five
 * minutes, half an hour, two or six hours. The window follows the traffic and not the moment: where all repositories are
 * polled at once, every ten minutes, one moment holds nothing and the next everything, and a window chosen by it would
 * make alerts come and go. A single bad event is no part: the value is then 0.
 */
export function badPartRecently(query: Query): string {
  const all = (window: string) => (window === "5m" ? `${JUDGED} * 300` : query.count(JUDGED, window));
  const bad = (window: string) => (window === "5m" ? `${JUDGED_BAD} * 300` : query.count(JUDGED_BAD, window));
  /** `several` holds a window in which more than one must have been bad. */
  const part = (window: string, several: string, also = "") =>
    `((${bad(window)} and ${bad(several)} >= 1.5${also}) or 0 * ${all(window)}) / (${all(window)})`;
  /** Whether this many happened in the window at nearly each step of the time before. */
  const usual = (window: string, events: number, [before, step, steps]: readonly [string, string, number]) =>
    `count_over_time((${all(window)} >= ${events - 0.5})[${before}:${step}]) >= ${steps}`;
  return `(${part("5m", "30m")} and ${all("5m")} >= 4.5 and ${usual("5m", 5, ["30m", "1m", 27])})
or
(${part("30m", "30m")} and ${usual("30m", 5, ["1h", "5m", 12])})
or
(${part("2h", "2h")} and ${usual("2h", 4, ["4h", "20m", 12])})
or
(${part("2h", "2h")} > 0)
or
${part("6h", "6h", ` and ${bad("3h")} > 0.5`)}`;
}
