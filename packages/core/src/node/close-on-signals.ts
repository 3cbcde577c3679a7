/// <reference lib="esnext.disposable" />

import type { Telemetry } from "../emitter/telemetry.js";
import { describeError } from "../error/describe-error.js";

/** What `closeOnSignals` takes. */
export interface CloseOnSignalsOptions {
  /** Default: `SIGINT` and `SIGTERM`. */
  readonly signals?: readonly NodeJS.Signals[];
  /**
   * Stops the controller, before telemetry closes: what it emits while stopping still arrives. It has no deadline of
   * its own. What it throws is reported and does not keep telemetry open.
   */
  readonly beforeClose?: (signal: NodeJS.Signals) => void | PromiseLike<void>;
  /** Closes what telemetry used and you own, such as a broker connection. As `beforeClose`, it has no deadline. */
  readonly afterClose?: (signal: NodeJS.Signals) => void | PromiseLike<void>;
  /** Deadline for `telemetry.close`, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number;
  /** Takes what went wrong while closing. Default: one line on standard error. */
  readonly onError?: (error: unknown) => void;
}

const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

/**
 * Closes telemetry when the process is told to stop, then ends the process as the signal would have: `exit` handlers
 * run, and the exit status tells the parent about the signal. Where others listen to the signal too, the end is left to
 * them; of several instances that close, the last one ends the process. A second signal ends it at once. Disposing of
 * what it answers takes the handlers away.
 *
 * @example
 * ```ts
 * import { createTelemetry } from "@alumiini/core";
 * import { closeOnSignals } from "@alumiini/core/node";
 *
 * const telemetry = createTelemetry({ clusterId: "prod-us-east" });
 * const controller = { stop: async () => {} };
 * closeOnSignals(telemetry, { beforeClose: () => controller.stop() });
 * ```
 */
export function closeOnSignals(telemetry: Pick<Telemetry, "close">, options: CloseOnSignalsOptions = {}): Disposable {
  const signals = options.signals ?? ["SIGINT", "SIGTERM"];
  const onError = options.onError ?? ((error) => process.stderr.write(`@alumiini/core: ${describeError(error)}\n`));

  let stopping = false;

  async function stop(signal: NodeJS.Signals): Promise<void> {
    if (stopping) {
      // Whoever sends a second signal means it: it has its own effect again.
      remove();
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
      return;
    }
    stopping = true;
    // Who listens only once is not on the list any more when we are done, and may still be at work.
    const othersListenOnce = process.rawListeners(signal).some((listener) => "listener" in listener);
    await attempt(() => options.beforeClose?.(signal), onError);
    await attempt(
      () => telemetry.close(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
      onError,
    );
    await attempt(() => options.afterClose?.(signal), onError);
    // Until here we are on that list, so that of several that close, the last one ends the process.
    remove();
    // Others that listen have been told of the signal too: the end is theirs to decide.
    if (othersListenOnce || process.listenerCount(signal) > 0) return;
    // What others do at exit, such as writing the last lines of a log, is done before the signal ends the process.
    process.once("exit", () => process.kill(process.pid, signal));
    process.exit();
  }

  function remove(): void {
    for (const signal of signals) process.off(signal, stop);
  }

  // Before all others, to see who else is told of the signal.
  for (const signal of signals) process.prependListener(signal, stop);
  return { [dispose]: remove };
}

async function attempt(action: () => unknown, onError: (error: unknown) => void): Promise<void> {
  try {
    await action();
  } catch (error) {
    onError(error);
  }
}
