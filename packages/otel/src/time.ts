import type { HrTime } from "@opentelemetry/api";

/** The last instant that OTLP's nanoseconds can tell in all backends, which read them with a sign: in the year 2262. */
const LAST_MS = 9_223_372_036_000;

/**
 * The instant as OpenTelemetry takes it without guessing: it reads a plain number that is smaller than the start of the
 * process as an offset to it, which would move replayed events. An instant that OTLP can't tell, such as one before 1970,
 * would have the receiver refuse all that is sent along with it; the nearest that it can tell is taken instead.
 */
export function toHrTime(epochMs: number): HrTime {
  const told = Math.min(Math.max(epochMs, 0), LAST_MS);
  const seconds = Math.floor(told / 1000);
  return [seconds, Math.round((told - seconds * 1000) * 1_000_000)];
}
