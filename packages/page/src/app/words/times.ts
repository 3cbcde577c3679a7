import { NBSP } from "./numbers.js";

/** The viewer's zone: kept in the browser, never in a link. */
export interface Zone {
  readonly utc: boolean;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

interface Parts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly clock: string;
  readonly ms: number;
}

function partsOf(at: number, { utc }: Zone): Parts {
  // A Date whose UTC fields are the zone's.
  const shifted = new Date(utc ? at : at - new Date(at).getTimezoneOffset() * MINUTE);
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth(),
    day: shifted.getUTCDate(),
    weekday: shifted.getUTCDay(),
    clock: shifted.toISOString().slice(11, 19),
    ms: shifted.getUTCMilliseconds(),
  };
}

/** `14:03:12`; with the date when it is not today, with the year when it is not this year. */
export function when(at: number, now: number, zone: Zone): string {
  const clock = partsOf(at, zone).clock;
  const day = dayOf(at, now, zone);
  return day === "" ? clock : `${day}, ${clock}`;
}

/** `25 Nov`, `25 Nov 2025`; empty for today. */
function dayOf(at: number, now: number, zone: Zone): string {
  const parts = partsOf(at, zone);
  const today = partsOf(now, zone);
  if (parts.year === today.year && parts.month === today.month && parts.day === today.day) return "";
  const date = `${parts.day}${NBSP}${MONTHS[parts.month]}`;
  return parts.year === today.year ? date : `${date}${NBSP}${parts.year}`;
}

/** For evidence: absolute only, `25 Nov 2026, 14:03:12`. */
export function fullTime(at: number, zone: Zone, { ms = false, weekday = false } = {}): string {
  const parts = partsOf(at, zone);
  const millis = ms ? `.${String(parts.ms).padStart(3, "0")}` : "";
  const name = weekday ? `${WEEKDAYS[parts.weekday]}${NBSP}` : "";
  return `${name}${parts.day}${NBSP}${MONTHS[parts.month]}${NBSP}${parts.year}, ${parts.clock}${millis}`;
}

/** `14:03`, for axes; the date where a day begins or the span is long. */
export function tick(at: number, span: number, zone: Zone): string {
  const parts = partsOf(at, zone);
  if (span > 3 * DAY) return `${parts.day}${NBSP}${MONTHS[parts.month]}`;
  return span < 10 * MINUTE ? parts.clock : parts.clock.slice(0, 5);
}

/** `54 s`, `3 min`, `2 h 14 min` up to 48 h, then `13 days`. */
export function age(ms: number): string {
  const size = Math.max(0, ms);
  if (size < MINUTE) return `${Math.floor(size / SECOND)}${NBSP}s`;
  if (size < HOUR) return `${Math.floor(size / MINUTE)}${NBSP}min`;
  if (size < 2 * DAY) return hoursAndMinutes(size);
  return `${Math.floor(size / DAY)}${NBSP}days`;
}

/** `880 ms`, `3.41 s`, `41.2 s`, `4 min 12 s`, `3 h 07 min`, `6 d 4 h`. Negative (clocks disagree): as reported. */
export function duration(ms: number): string {
  const sign = ms < 0 ? "−" : "";
  const size = Math.abs(ms);
  if (size < SECOND) return `${sign}${Math.round(size)}${NBSP}ms`;
  if (size < 100 * SECOND) {
    const digits = size < 10 * SECOND ? 2 : 1;
    return `${sign}${(size / SECOND).toFixed(digits).replace(/\.?0+$/, "")}${NBSP}s`;
  }
  if (size < HOUR) {
    const seconds = Math.round(size / SECOND);
    return `${sign}${Math.floor(seconds / 60)}${NBSP}min${seconds % 60 === 0 ? "" : `${NBSP}${seconds % 60}${NBSP}s`}`;
  }
  if (size < 2 * DAY) return `${sign}${hoursAndMinutes(size)}`;
  const hours = Math.floor((size % DAY) / HOUR);
  return `${sign}${Math.floor(size / DAY)}${NBSP}d${hours === 0 ? "" : `${NBSP}${hours}${NBSP}h`}`;
}

function hoursAndMinutes(size: number): string {
  const minutes = Math.floor((size % HOUR) / MINUTE);
  const rest = minutes === 0 ? "" : `${NBSP}${String(minutes).padStart(2, "0")}${NBSP}min`;
  return `${Math.floor(size / HOUR)}${NBSP}h${rest}`;
}

/** An offset on the waterfall: `0.1 s`, `−1.3 s`, `2 min 43 s`. */
export function offset(ms: number): string {
  const size = Math.abs(ms);
  if (size >= 100 * SECOND) return duration(ms);
  const shown = (size / SECOND).toFixed(1);
  return `${ms < 0 && shown !== "0.0" ? "−" : ""}${shown}${NBSP}s`;
}

/** RFC 3339 in UTC, without milliseconds where there are none. */
export function iso(at: number): string {
  return new Date(at).toISOString().replace(".000Z", "Z");
}

/** `Helsinki, UTC+2`. */
export function zoneName({ utc }: Zone, at: number): string {
  if (utc) return "UTC";
  const minutes = -new Date(at).getTimezoneOffset();
  const city = Intl.DateTimeFormat().resolvedOptions().timeZone.split("/").at(-1)?.replaceAll("_", " ") ?? "Local";
  if (minutes === 0) return city === "UTC" ? "UTC" : `${city}, UTC`;
  const hours = Math.floor(Math.abs(minutes) / 60);
  const rest = Math.abs(minutes) % 60;
  return `${city}, UTC${minutes < 0 ? "−" : "+"}${hours}${rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`}`;
}

/** `2h`, `26w`, `15m` in milliseconds. */
export function span(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,5})(s|m|h|d|w)$/.exec(text) ?? [];
  const sizes: Readonly<Record<string, number>> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY };
  const size = unit === undefined ? undefined : sizes[unit];
  return size === undefined || Number(digits) === 0 ? undefined : Number(digits) * size;
}

/** `2 hours`, `26 weeks`. */
export function spanWords(text: string): string {
  const [, digits = "", unit = ""] = /^(\d+)(s|m|h|d|w)$/.exec(text) ?? [];
  const names: Readonly<Record<string, string>> = { s: "second", m: "minute", h: "hour", d: "day", w: "week" };
  return `${digits}${NBSP}${names[unit] ?? text}${digits === "1" ? "" : "s"}`;
}
