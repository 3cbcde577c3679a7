/** A day leaves room for local time that was taken for UTC. */
const MAX_AHEAD_MS = 86_400_000;

/**
 * Why a receiver refuses an event of this time; undefined where it does not. The newest event decides a repository's
 * state, so one event of next year would hide every failure until then. Both are in milliseconds.
 */
export function aheadOfClock(timestamp: number, now: number): string | undefined {
  return timestamp - now > MAX_AHEAD_MS ? "timestamp lies over a day ahead of the clock here" : undefined;
}
