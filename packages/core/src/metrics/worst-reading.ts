import type { RepositoryReading, RepositoryReadings } from "./repository-state.js";

type Choose = (values: readonly (number | undefined)[]) => number | undefined;

/** The value to show where repositories share a series: the one that hides nothing. */
const WORST: Readonly<Record<RepositoryReading, Choose>> = {
  // The oldest success; 0 where one of them never succeeded.
  lastSuccessSeconds: (values) => Math.min(...known(values)),
  // The oldest sync under way; those that are idle don't count.
  syncStartedSeconds: (values) => least(known(values).filter((value) => value > 0)) ?? 0,
  outOfSync: (values) => greatest(known(values)),
  driftedResources: (values) => known(values).reduce((sum, value) => sum + value, 0),
  // Suspended only where all of them are known to be: a suspension silences alerts.
  suspended: (values) => (values.includes(0) ? 0 : values.includes(undefined) ? undefined : 1),
  workerMemoryBytes: (values) => greatest(known(values)),
};

/**
 * Returns what one series shows of all the repositories in it. Repositories that are suspended count only where all
 * are: they are not expected to succeed.
 */
export function worstReading(states: readonly RepositoryReadings[], reading: RepositoryReading): number | undefined {
  const running = states.filter(({ suspended }) => suspended !== 1);
  const counted = reading === "suspended" || running.length === 0 ? states : running;
  return WORST[reading](counted.map((state) => state[reading]));
}

function known(values: readonly (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined);
}

function least(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.min(...values);
}

function greatest(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.max(...values);
}
