import type { Indicator } from "./indicators.js";

/** The windows that indicators are recorded over. */
export const WINDOWS = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"] as const;
export type Window = (typeof WINDOWS)[number];

/** How fast a budget of 30 days may burn: `factor` times as fast as it would take to be used up in 30 days. */
interface BurnRate {
  readonly factor: number;
  /** Long enough for the burn to matter. */
  readonly long: Window;
  /** Short enough to see that it goes on. */
  readonly short: Window;
}

/** The pairs that the Google SRE workbook recommends for 30 days, by severity. */
export const BURN_RATES: Readonly<Record<"critical" | "warning", readonly BurnRate[]>> = {
  critical: [
    { factor: 14.4, long: "1h", short: "5m" },
    { factor: 6, long: "6h", short: "30m" },
  ],
  warning: [
    { factor: 3, long: "1d", short: "2h" },
    { factor: 1, long: "3d", short: "6h" },
  ],
};

/** The name of the recorded indicator. */
export function recordName(window: Window): string {
  return `alumiini:slo_error:ratio_rate${window}`;
}

/**
 * True while the indicator's budget burns too fast for the severity; `undefined` where no part of what happens, not
 * even all of it, could be bad enough.
 */
export function burnsTooFast({ name, objective }: Indicator, severity: "critical" | "warning"): string | undefined {
  const budget = 1 - objective;
  const conditions = BURN_RATES[severity].flatMap(({ factor, long, short }) => {
    const limit = Number((factor * budget).toPrecision(6));
    if (limit >= 1) return [];
    const above = (window: Window) => `${recordName(window)}{slo="${name}"} > ${limit}`;
    return [`(${above(long)} and ${above(short)})`];
  });
  return conditions.length === 0 ? undefined : conditions.join("\nor\n");
}
