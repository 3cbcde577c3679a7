import type { Zone } from "./times.js";

const MINUTE = 60_000;
const DAY = 86_400_000;
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/;
const UNITS: Readonly<Record<string, number>> = { s: 1000, m: MINUTE, min: MINUTE, h: 60 * MINUTE, d: DAY, w: 7 * DAY };

/**
 * A time as people write it: `14:03`, `yesterday 14:03`, `25 Nov 14:03`, `14:03 UTC`, RFC 3339, seconds or milliseconds
 * since 1970, `-2h`, `now`. A clock time that is still to come means the day before. Undefined where it is no time.
 */
export function readMoment(text: string, now: number, zone: Zone): number | undefined {
  const words = text.trim().toLowerCase().replace(/\s+/g, " ");
  if (words === "now") return now;
  const [, digits, unit] = /^-(\d{1,5}) ?(s|m|min|h|d|w)$/.exec(words) ?? [];
  if (digits !== undefined && unit !== undefined) return now - Number(digits) * (UNITS[unit] ?? 0);
  if (/^\d{10}$/.test(words)) return Number(words) * 1000;
  if (/^\d{13}$/.test(words)) return Number(words);
  if (/^\d{4}-\d{2}-\d{2}t?/.test(words)) return readRfc3339(text.trim(), zone);
  const inUtc = / ?(utc|z)$/.test(words);
  const used = { utc: inUtc || zone.utc };
  return readClock(words.replace(/ ?(utc|z)$/, ""), now, used);
}

function readRfc3339(text: string, zone: Zone): number | undefined {
  const full = text.replace(" ", "T");
  const hasZone = /(?:z|[+-]\d{2}:?\d{2})$/i.test(full.slice(10));
  const at = Date.parse(hasZone || !zone.utc ? (full.length === 10 ? `${full}T00:00` : full) : `${full}Z`);
  return Number.isNaN(at) ? undefined : at;
}

function readClock(words: string, now: number, zone: Zone): number | undefined {
  const parts = words.split(" ");
  const clock = CLOCK.exec(parts.at(-1) ?? "");
  if (clock === null) return undefined;
  const [hours, minutes, seconds] = [Number(clock[1]), Number(clock[2]), Number(clock[3] ?? 0)];
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const ofDay = ((hours * 60 + minutes) * 60 + seconds) * 1000;
  const today = startOfDay(now, zone);
  const day = parts.slice(0, -1).join(" ");
  if (day === "" || day === "today") {
    const at = today + ofDay;
    return at > now && day === "" ? at - DAY : at;
  }
  if (day === "yesterday") return today - DAY + ofDay;
  const [, number, name, year] = /^(\d{1,2})\.? ([a-z]{3})[a-z]*(?: (\d{4}))?$/.exec(day) ?? [];
  const month = MONTHS.indexOf(name ?? "");
  if (number === undefined || month < 0) return undefined;
  const thisYear = new Date(now).getFullYear();
  const at = dayStart(year === undefined ? thisYear : Number(year), month, Number(number), zone) + ofDay;
  return at > now && year === undefined ? dayStart(thisYear - 1, month, Number(number), zone) + ofDay : at;
}

function startOfDay(now: number, zone: Zone): number {
  const at = new Date(now);
  return zone.utc
    ? dayStart(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate(), zone)
    : dayStart(at.getFullYear(), at.getMonth(), at.getDate(), zone);
}

function dayStart(year: number, month: number, day: number, { utc }: Zone): number {
  return utc ? Date.UTC(year, month, day) : new Date(year, month, day).getTime();
}
