import { toAttributesCopy, toIdentifier } from "../event/sanitize.js";
import { Dispatcher, statsOf } from "./dispatcher.js";
import { Emitter } from "./emitter.js";
import { createReporter, logFailure } from "./failure.js";
import { FlushError, settleAll, storesOf } from "./flush.js";
import { Operations } from "./operations.js";
import { starters } from "./start-operation.js";
import type { Telemetry, TelemetryOptions } from "./telemetry.js";

const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");

/**
 * Makes a telemetry instance (ADR-004 section 4). Several live side by side, sharing nothing.
 *
 * @throws {TypeError} when `clusterId`, `maxConsecutiveFailures` or `lateAfterMs` is unusable.
 *
 * @example
 * ```ts
 * import { createTelemetry } from "@alumiini/core";
 *
 * const telemetry = createTelemetry({ clusterId: "prod-us-east" });
 * telemetry.subscribe({ name: "console", handle: (event) => console.log(event.type, event.repoName) });
 * await telemetry.run("sync", { repoName: "my-app", namespace: "default", trigger: "poll" }, async (sync) => {
 *   await sync.run("git", { operation: "fetch" }, async () => {
 *     // fetch
 *   });
 *   sync.complete({ commit: "4f2a91c", resourcesApplied: 5 });
 * });
 * await telemetry.close();
 * ```
 */
export function createTelemetry(options: TelemetryOptions): Telemetry {
  const { maxConsecutiveFailures = 5, lateAfterMs = 3_600_000 } = options;
  const clusterId = toIdentifier(options.clusterId);
  if (!clusterId || !(maxConsecutiveFailures >= 1) || !(lateAfterMs >= 0)) {
    throw new TypeError(
      "createTelemetry needs a clusterId, maxConsecutiveFailures of 1 or more, and lateAfterMs of 0 or more",
    );
  }
  const report = createReporter(options.onFailure ?? logFailure);
  const dispatcher = new Dispatcher(report, maxConsecutiveFailures);
  const emitter = new Emitter({ ...options, clusterId, lateAfterMs }, dispatcher, report);
  const operations = new Operations(emitter, dispatcher, options.classifyError);
  let closing: Promise<void> | undefined;

  const close: Telemetry["close"] = ({ timeoutMs } = {}) => {
    if (!closing) {
      operations.reportOpen();
      emitter.close();
      closing = settleAll(() => dispatcher.attached, ["flush", "close"], timeoutMs);
    }
    return closing;
  };

  return {
    clusterId,
    resource: toAttributesCopy(options.resource) ?? {},
    emit: emitter.emit,
    relay: emitter.relay,
    measure: emitter.measure,
    ...starters(operations),
    subscribe(subscriber) {
      const subscription = dispatcher.attach(subscriber);
      if (emitter.isClosed) {
        subscription.unsubscribe();
        report({ kind: "subscribed_after_close", subscriber: subscription.name });
      }
      return subscription;
    },
    flush: ({ timeoutMs } = {}) => settleAll(() => dispatcher.attached, ["flush"], timeoutMs),
    stored: async ({ timeoutMs, subscribers, eventIds = [] } = {}) => {
      const stores = storesOf(dispatcher.attached, subscribers);
      await settleAll(() => stores, ["stored"], timeoutMs);
      const failed = stores.filter((to) => emitter.relayed.isMissedBy(to, eventIds));
      if (failed.length > 0) throw FlushError.ofStores(failed);
    },
    close,
    stats: () => ({
      subscribers: dispatcher.attached.map(statsOf),
      rejected: emitter.rejected,
      relayed: emitter.relayed.stats(),
      afterClose: emitter.afterClose,
      openOperations: operations.open.size,
    }),
    [asyncDispose]: close,
  };
}
