/** The longest wait that a receiver can ask for, in milliseconds: one hour. */
const MAX_WAIT_MS = 3_600_000;

/** The value of `Retry-After` in milliseconds: seconds, or a date (RFC 9110, section 10.2.3). */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  const text = value?.trim() ?? "";
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), MAX_WAIT_MS);
}
