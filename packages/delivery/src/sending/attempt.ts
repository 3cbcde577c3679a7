import type { DeliveryTime } from "../ports/time.js";
import { toError } from "../ports/transport.js";

/** Milliseconds that aborted work has to settle before it is abandoned. */
const ABORT_GRACE_MS = 1000;

/**
 * Tells work under way to stop. An `AbortSignal` would warn of a leak as soon as more than ten batches listened.
 */
export class Stop {
  stopped = false;
  readonly #callbacks = new Set<() => void>();

  /** Calls back when it is time, perhaps at once. Returns what takes that back. */
  whenStopped(callback: () => void): () => void {
    if (this.stopped) callback();
    else this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  stop(): void {
    this.stopped = true;
    for (const callback of this.#callbacks) callback();
    this.#callbacks.clear();
  }
}

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

/**
 * Settles as `work` does, or rejects with the signal's reason as soon as that aborts; the work's result is ignored then.
 * For transports whose client can't be told to stop: `connect` and `send` must settle soon after their signal.
 */
export function abortable<T>(work: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(toError(signal.reason));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort);
    const end = () => signal.removeEventListener("abort", onAbort);
    work.then(
      (value) => {
        end();
        resolve(value);
      },
      (error: unknown) => {
        end();
        reject(error);
      },
    );
  });
}
