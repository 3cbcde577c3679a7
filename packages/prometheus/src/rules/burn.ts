import type { Indicator } from "./indicators.js";
import { orZero, type Query } from "./promql.js";
import { JUDGED, JUDGED_BAD, judged, RECENT, recordName, type Window } from "./recorded.js";

/** How fast a budget of 30 days may burn: `factor` times as fast as it would take to be used up in 30 days. */
interface BurnRate {
  readonly factor: number;
  /** Long enough for the burn to matter. */
  readonly long: Window;
  /** Short enough to see that it goes on: a window, or what happened lately. */
  readonly short: "recent" | Window;
}

/** The long windows and factors that the Google SRE workbook recommends for 30 days, by severity. */
const BURN_RATES: Readonly<Record<"critical" | "warning", readonly BurnRate[]>> = {
  critical: [
    { factor: 14.4, long: "1h", short: "recent" },
    { factor: 6, long: "6h", short: "recent" },
  ],
  warning: [
    { factor: 3, long: "1d", short: "2h" },
    { factor: 1, long: "3d", short: "6h" },
  ],
};

/** Fewer bad events than this burn no budget, however little else happened. */
const MIN_BAD = 3;

/**
 * True while the indicator's budget burns too fast for the severity; `undefined` where no part of what happens, not
 * even all of it, could be bad enough.
 */
export function burnsTooFast(
  query: Query,
  { name, objective }: Indicator,
  severity: "critical" | "warning",
): string | undefined {
  const budget = 1 - objective;
  const conditions = BURN_RATES[severity].flatMap(({ factor, long, short }) => {
    const limit = Number((factor * budget).toPrecision(6));
    if (limit >= 1) return [];
    const above = `${judged(recordName(long), name)} > ${limit}`;
    const several = `${query.count(judged(JUDGED_BAD, name), long)} >= ${MIN_BAD - 0.5}`;
    // While nothing happens, the last that is known holds: a silent night ends no alert, and a morning pages nobody twice.
    const lately = short === "recent" ? judged(RECENT, name) : `last_over_time(${judged(recordName(short), name)}[1d])`;
    return [`(${above} and ${several} and ${lately} > ${limit})`];
  });
  return conditions.length === 0 ? undefined : conditions.join("\nor\n");
}

/**
 * The part of the error budget that is left, of everything that happened within the window: 1 where nothing was bad,
 * below 0 where the objective is missed. `matchers` choose installations.
 */
export function budgetLeft({ name, objective }: Indicator, window: string, matchers = ""): string {
  const sum = (record: string) => {
    const all = [`slo="${name}"`, matchers].filter((part) => part !== "").join(",");
    return `sum by (slo) (sum_over_time(${record}{${all}}[${window}]))`;
  };
  const total = sum(JUDGED);
  return `1 - ${orZero(sum(JUDGED_BAD), total)} / ${total} / ${Number((1 - objective).toPrecision(6))}`;
}
