import type { DeliveryTime } from "./time.js";

/** Milliseconds that aborted work has to settle before it is left to itself. */
export const ABORT_GRACE_MS = 1000;

/**
 * Runs work that must settle: its signal aborts after `timeoutMs` or with `stop`, and {@link ABORT_GRACE_MS} later it
 * counts as failed, whatever it still does.
 */
export function attempt<T>(
  run: (signal: AbortSignal) => PromiseLike<T>,
  timeoutMs: number,
  stop: AbortSignal,
  time: DeliveryTime,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const controller = new AbortController();
    const abort = (error: Error) => {
      cancel();
      cancel = time.setTimer(() => end(() => reject(error)), ABORT_GRACE_MS);
      controller.abort(error);
    };
    const onStop = () => abort(new Error("closed"));
    const end = (settle: () => void) => {
      cancel();
      stop.removeEventListener("abort", onStop);
      settle();
    };
    let cancel = time.setTimer(() => abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    if (stop.aborted) onStop();
    else stop.addEventListener("abort", onStop);
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
