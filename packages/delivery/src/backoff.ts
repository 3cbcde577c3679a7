import type { ResolvedOptions } from "./options.js";
import type { DeliveryTime } from "./ports/time.js";

/** Answers the delay before the attempt that follows the `attempt`th (1 or more): full jitter, in milliseconds. */
export type Backoff = (attempt: number) => number;

/** A random part of `initialDelayMs` doubled at each attempt, bounded by `maxDelayMs`. At least 1 ms: never a busy loop. */
export function createBackoff(retry: ResolvedOptions["retry"], time: DeliveryTime): Backoff {
  return (attempt) => {
    const bound = Math.min(retry.maxDelayMs, retry.initialDelayMs * 2 ** Math.min(attempt - 1, 52));
    return Math.max(1, Math.round(bound * time.random()));
  };
}
