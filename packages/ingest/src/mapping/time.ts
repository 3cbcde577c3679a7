/** The last millisecond that RFC 3339 can write: years have four digits. */
const LAST_TIME = 253_402_300_799_999;

/** `2026-02-01T00:00:00Z`; and with spaces, as GitLab writes it: `2026-02-01 00:00:00 +0200` or `… UTC`. */
const TIME = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?) ?(?:([Zz]|UTC)|([+-]\d{2}):?(\d{2}))$/;

/** Milliseconds since the Unix epoch, whole; `undefined` for what is no time from 1970 to 9999. */
export function parseTime(value: unknown): number | undefined {
  if (typeof value !== "string" || value.length > 64) return undefined;
  const [, date, clock, utc, hours, minutes] = TIME.exec(value) ?? [];
  if (date === undefined) return undefined;
  const time = Date.parse(`${date}T${clock}${utc === undefined ? `${hours}:${minutes}` : "Z"}`);
  return isTime(time) ? Math.floor(time) : undefined;
}

/** Whether it is a number of milliseconds that an event can have as its time. */
export function isTime(value: number): boolean {
  return value >= 0 && value <= LAST_TIME;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  µs: 1e-3,
  μs: 1e-3,
  us: 1e-3,
  ns: 1e-6,
};

const PART = /(\d{1,15}(?:\.\d{1,15})?)(h|ms|m|s|µs|μs|us|ns)/y;

/** Whole milliseconds of a duration as Go prints it, such as `1m4.5s`; `undefined` for anything else. */
export function parseGoDuration(text: string): number | undefined {
  let total = 0;
  let end = 0;
  while (end < text.length) {
    PART.lastIndex = end;
    const [part, amount, unit = ""] = PART.exec(text) ?? [];
    if (part === undefined) return undefined;
    total += Number(amount) * (UNIT_MS[unit] ?? Number.NaN);
    end += part.length;
  }
  const whole = Math.round(total);
  return end > 0 && Number.isSafeInteger(whole) ? whole : undefined;
}

/** From one time to another; `undefined` where one is not known, or clocks disagree. */
export function duration(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined || to < from ? undefined : to - from;
}
