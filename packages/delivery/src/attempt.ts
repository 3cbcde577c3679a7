import type { DeliveryTime } from "./ports/time.js";
import type { Stop } from "./stop.js";

/** Milliseconds that aborted work has to settle before it is left to itself. */
export const ABORT_GRACE_MS = 1000;

/**
 * Runs work that must settle: its signal aborts after `timeoutMs` or with `stop`, and {@link ABORT_GRACE_MS} later it
 * counts as failed, whatever it still does.
 */
export function attempt<T>(
  run: (signal: AbortSignal) => PromiseLike<T>,
  timeoutMs: number,
  stop: Stop,
  time: DeliveryTime,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const controller = new AbortController();
    const abort = (error: Error) => {
      cancelTimer();
      cancelTimer = time.setTimer(() => end(() => reject(error)), ABORT_GRACE_MS);
      controller.abort(error);
    };
    const end = (settle: () => void) => {
      cancelTimer();
      forgetStop();
      settle();
    };
    let cancelTimer = time.setTimer(() => abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    const forgetStop = stop.whenStopped(() => abort(new Error("stopped by close")));
    try {
      run(controller.signal).then(
        (value) => end(() => resolve(value)),
        (error: unknown) => end(() => reject(error)),
      );
    } catch (error) {
      end(() => reject(error));
    }
  });
}
