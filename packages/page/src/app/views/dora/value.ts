import type { DoraMeasure } from "@alumiini/history";
import { badShare, figure, NBSP, NO_VALUE } from "../../words/numbers.js";
import { duration } from "../../words/times.js";

export type By = "day" | "week" | "month";
const DAYS: Readonly<Record<By, number>> = { day: 1, week: 7, month: 30 };
const MINUTE = 60_000;

/** The value in words, its unit beside it. */
export function valueWords(
  { value: number, unit }: DoraMeasure,
  by: By,
): { readonly shown: string; readonly beside: string } {
  if (number === null) return { shown: NO_VALUE, beside: "no value" };
  if (unit === "per_day") return { shown: figure(number * DAYS[by]), beside: `per ${by}` };
  if (unit === "ms") return { shown: longTime(number), beside: "median" };
  return { shown: badShare(number), beside: "" };
}

/** `21.6 h`, `38 min`. */
export function longTime(ms: number): string {
  const hours = ms / 3_600_000;
  if (hours < 10) return duration(Math.round(ms / MINUTE) * MINUTE || ms);
  return hours < 96 ? `${figure(hours)}${NBSP}h` : `${figure(hours / 24)}${NBSP}d`;
}
