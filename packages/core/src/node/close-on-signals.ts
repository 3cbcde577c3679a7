/// <reference lib="esnext.disposable" />
import type { Telemetry, TelemetryStats } from "../emitter/telemetry.js";
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
 * them; where one of them ends the process before telemetry is closed, `onError` is told what is lost. Of several
 * instances that close, the last one ends the process. A second signal ends it at once. Disposing of the result removes
 * the handlers.
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
export function closeOnSignals(
  telemetry: Pick<Telemetry, "close"> & Partial<Pick<Telemetry, "stats">>,
  options: CloseOnSignalsOptions = {},
): Disposable {
  const signals = options.signals ?? ["SIGINT", "SIGTERM"];
  const onError = options.onError ?? ((error) => process.stderr.write(`@alumiini/core: ${describeError(error)}\n`));

  let stopping = false;

  async function stop(signal: NodeJS.Signals): Promise<void> {
    if (stopping) {
      // The second signal has its usual effect: it ends the process at once.
      remove();
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
      return;
    }
    stopping = true;
    // Another handler may call process.exit while this one is still at work.
    const onEarlyExit = () => {
      onError(new Error(describeLoss(telemetry.stats?.(), signal)));
      // Reports each operation that has not ended; there is no time for anything else.
      telemetry.close().catch(() => {});
    };
    process.once("exit", onEarlyExit);
    // A listener added with `once` is no longer on the list when we are done, and may still be at work.
    const othersListenOnce = process.rawListeners(signal).some((listener) => "listener" in listener);
    await attempt(() => options.beforeClose?.(signal), onError);
    await attempt(
      () => telemetry.close(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
      onError,
    );
    await attempt(() => options.afterClose?.(signal), onError);
    process.off("exit", onEarlyExit);
    // Until here we are on that list, so that of several that close, the last one ends the process.
    remove();
    // Other listeners got the signal too: the end is theirs to decide.
    if (othersListenOnce || process.listenerCount(signal) > 0) return;
    // What others do at exit, such as writing the last lines of a log, is done before the signal ends the process.
    process.once("exit", () => process.kill(process.pid, signal));
    process.exit();
  }

  function remove(): void {
    for (const signal of signals) process.off(signal, stop);
  }

  // Before all others, to see which other listeners there are.
  for (const signal of signals) process.prependListener(signal, stop);
  return { [dispose]: remove };
}

function describeLoss(stats: TelemetryStats | undefined, signal: NodeJS.Signals): string {
  const pending = stats?.subscribers.reduce((sum, subscriber) => sum + subscriber.pending, 0) ?? 0;
  const lost =
    stats === undefined
      ? ""
      : ` Operations that have not ended: ${stats.openOperations}; deliveries under way: ${pending}.`;
  return `the process ends before telemetry is closed: another handler of ${signal} called process.exit.${lost} Close telemetry in that handler before it exits, or leave the end to closeOnSignals.`;
}

async function attempt(action: () => unknown, onError: (error: unknown) => void): Promise<void> {
  try {
    await action();
  } catch (error) {
    onError(error);
  }
}
