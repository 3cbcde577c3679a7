import type { HrTime } from "@opentelemetry/api";

/**
 * The instant as OpenTelemetry takes it without guessing: it reads a plain number that is smaller than the start of the
 * process as an offset to it, which would move replayed events.
 */
export function toHrTime(epochMs: number): HrTime {
  const seconds = Math.floor(epochMs / 1000);
  return [seconds, Math.round((epochMs - seconds * 1000) * 1_000_000)];
}
