import { CliError, EXIT } from "../client/errors.js";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, min: 6e4, h: 36e5, d: 864e5, w: 6048e5 };
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/**
 * Reads a time: `14:03`, `yesterday 14:03`, `25 Nov 14:03`, `14:03 UTC`, RFC 3339, milliseconds since 1970, `-2h`. A clock
 * time that is still to come means the day before.
 *
 * @throws {CliError} for what is none of these
 */
export function readMoment(text: string, now: number, utc = false): number {
  const trimmed = text.trim();
  if (/^\d{10}$/.test(trimmed)) return Number(trimmed) * 1000;
  if (/^\d{11,16}$/.test(trimmed)) return Number(trimmed);
  if (trimmed === "now") return now;
  const [, amount, unit] = /^-(\d+(?:\.\d+)?)(ms|s|m|min|h|d|w)$/.exec(trimmed) ?? [];
  if (amount !== undefined && unit !== undefined) return Math.round(now - Number(amount) * (UNITS[unit] ?? 1));
  if (/^\d{4}-\d{2}-\d{2}(T.*)?$/.test(trimmed)) {
    const parsed = Date.parse(trimmed);
    if (!Number.isNaN(parsed)) return parsed;
  }
  const match =
    /^(?:(yesterday|today)|(\d{1,2}) ([a-z]{3})[a-z]*(?: (\d{4}))?)? ?(\d{1,2}):(\d{2})(?::(\d{2}))?( utc)?$/i.exec(
      trimmed,
    );
  const [, word, day, monthName, year, hour, minute, second = "0", zone] = match ?? [];
  const month = MONTHS.indexOf(monthName?.toLowerCase() ?? "");
  if (match === null || Number(hour) > 23 || Number(minute) > 59 || (monthName !== undefined && month < 0)) {
    throw new CliError(
      EXIT.usage,
      `${JSON.stringify(text)} is not a time; use 14:03, "yesterday 14:03", "25 Nov 14:03", -2h, or RFC 3339`,
    );
  }
  const isUtc = utc || zone !== undefined;
  const at = new Date(now);
  const parts: [number, number, number] = isUtc
    ? [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()]
    : [at.getFullYear(), at.getMonth(), at.getDate()];
  if (day !== undefined) parts.splice(0, 3, Number(year ?? parts[0]), month, Number(day));
  if (word?.toLowerCase() === "yesterday") parts[2] -= 1;
  const make = ([y, m, d]: [number, number, number]): number =>
    isUtc
      ? Date.UTC(y, m, d, Number(hour), Number(minute), Number(second))
      : new Date(y, m, d, Number(hour), Number(minute), Number(second)).getTime();
  const made = make(parts);
  if (made <= now || word !== undefined) return made;
  return day === undefined
    ? make([parts[0], parts[1], parts[2] - 1])
    : year === undefined
      ? make([parts[0] - 1, parts[1], parts[2]])
      : made;
}

/** Reads how long: `2h`, `26w`, `15m`. Milliseconds. */
export function readSpan(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|min|h|d|w)$/.exec(text.trim()) ?? [];
  if (unit === undefined || !(Number(amount) > 0)) {
    throw new CliError(EXIT.usage, `${JSON.stringify(text)} is not a span of time; use 15m, 2h, 30d or 26w`);
  }
  return Math.round(Number(amount) * (UNITS[unit] ?? 1));
}
