import type { DeliveryState } from "../state.js";

/**
 * Returns the delay before the attempt that follows the `attempt`th (1 or more), in milliseconds: a random part of
 * `initialDelayMs` doubled at each attempt, bounded by `maxDelayMs`. At least 1: never a busy loop.
 */
export function backoff({ options, time }: DeliveryState, attempt: number): number {
  const { initialDelayMs, maxDelayMs } = options.retry;
  const bound = Math.min(maxDelayMs, initialDelayMs * 2 ** Math.min(attempt - 1, 52));
  return Math.max(1, Math.round(bound * time.random()));
}
