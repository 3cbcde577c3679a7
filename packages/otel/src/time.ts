import type { HrTime } from "@opentelemetry/api";

/** The last instant that OTLP's nanoseconds can express in every backend, as some read them as signed: in the year 2262. */
const LAST_MS = 9_223_372_036_000;

/**
 * The instant as OpenTelemetry takes it without guessing: it reads a plain number that is smaller than the start of the
 * process as an offset to it, which would move replayed events. For an instant that OTLP can't express, such as one before
 * 1970, the receiver would refuse the whole batch; it becomes the nearest one that OTLP can express.
 */
export function toHrTime(epochMs: number): HrTime {
  const clamped = Math.min(Math.max(epochMs, 0), LAST_MS);
  const seconds = Math.floor(clamped / 1000);
  return [seconds, Math.round((clamped - seconds * 1000) * 1_000_000)];
}
