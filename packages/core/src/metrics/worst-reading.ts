import type { RepositoryReading, RepositoryReadings } from "./repository-state.js";

type Choose = (values: readonly (number | undefined)[]) => number | undefined;

/** What one series shows of the repositories that share it, in words and as a function of what each of them has. */
interface Shared {
  /** As documentation has it. */
  readonly shows: string;
  readonly choose: Choose;
}

/** What repositories that share a series show: the value that hides nothing. */
export const SHARED_READINGS: Readonly<Record<RepositoryReading, Shared>> = {
  lastSuccessSeconds: {
    shows: "the oldest; 0 if one of them never succeeded",
    choose: (values) => Math.min(...known(values)),
  },
  syncStartedSeconds: {
    shows: "the oldest sync under way; 0 if all are idle",
    choose: (values) => least(known(values).filter((value) => value > 0)) ?? 0,
  },
  consecutiveFailures: { shows: "the most", choose: (values) => greatest(known(values)) },
  lastSyncSeconds: {
    shows: "a series for each way in which they ended, with the newest",
    choose: (values) => greatest(known(values)),
  },
  outOfSync: { shows: "1 if any is out of sync", choose: (values) => greatest(known(values)) },
  // A suspension silences alerts.
  suspended: {
    shows: "1 only if all are suspended, 0 if any is not; absent where it is unknown of one",
    choose: (values) => (values.includes(0) ? 0 : values.includes(undefined) ? undefined : 1),
  },
  driftedResources: { shows: "the sum", choose: (values) => known(values).reduce((sum, value) => sum + value, 0) },
  workerMemoryBytes: { shows: "the largest", choose: (values) => greatest(known(values)) },
};

/**
 * Returns what one series shows of all the repositories in it. Repositories that are suspended count only where all
 * are: they are not expected to succeed.
 */
export function worstReading(states: readonly RepositoryReadings[], reading: RepositoryReading): number | undefined {
  const running = states.filter(({ suspended }) => suspended !== 1);
  const counted = reading === "suspended" || running.length === 0 ? states : running;
  return SHARED_READINGS[reading].choose(counted.map((state) => state[reading]));
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
