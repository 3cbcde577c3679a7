import { toError } from "./ports/results.js";

/**
 * Settles as `work` does, or rejects with the signal's reason as soon as that aborts; what comes of the work then is
 * ignored. For transports whose client can't be told to stop: `connect` and `send` must settle soon after their signal.
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
