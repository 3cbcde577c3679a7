/** Wed 25 Nov 2026, 14:06:12 in Helsinki. */
export const NOW = Date.parse("2026-11-25T12:06:12Z");
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A time of November 2026, UTC. */
export const at = (clock: string, day = 25) => Date.parse(`2026-11-${day}T${clock}Z`);
