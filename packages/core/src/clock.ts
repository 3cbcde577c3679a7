import type { Clock } from "./telemetry.js";

/** The runtime's own clocks. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

/** The last instant that RFC 3339 can write: the end of the year 9999. */
const LAST_INSTANT = 253_402_300_799_999;

/** A clock of the caller's that may throw or answer nonsense, made safe. Each fault is passed to `onFault`. */
export function guardClock(clock: Clock, onFault: (error: unknown) => void): Clock {
  if (clock === systemClock) return clock;
  const guard = (read: () => number, isUsable: (value: number) => boolean, fallback: () => number) => () => {
    try {
      const value = read();
      if (isUsable(value)) return value;
      onFault(new TypeError(`it answered ${String(value)}`));
    } catch (error) {
      onFault(error);
    }
    return fallback();
  };
  return {
    now: guard(
      () => clock.now(),
      (value) => value >= 0 && value <= LAST_INSTANT,
      systemClock.now,
    ),
    monotonic: guard(() => clock.monotonic(), Number.isFinite, systemClock.monotonic),
  };
}
