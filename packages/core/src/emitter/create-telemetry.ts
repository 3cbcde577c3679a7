import { callback, objectWith, type RulesFor, readOptions, required, value } from "../adapter/options.js";
import type { ErrorClassifier } from "../error/classify-error.js";
import { toAttributesCopy, toIdentifier } from "../event/sanitize.js";
import { Dispatcher, statsOf } from "./dispatcher.js";
import { Emitter } from "./emitter.js";
import { createReporter, type FailureReport, logFailure } from "./failure.js";
import { type About, FlushError, settleAll, storesOf } from "./flush.js";
import { Operations } from "./operations.js";
import { starters } from "./start-operation.js";
import type { Clock, Telemetry, TelemetryOptions } from "./telemetry.js";

const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");

/**
 * Makes a telemetry instance (ADR-004 section 4). Several live side by side, sharing nothing.
 *
 * @throws {OptionError} for an option that is unknown or not valid.
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
  const {
    clusterId: given,
    maxConsecutiveFailures,
    onFailure,
    resource,
    ...rest
  } = readOptions("createTelemetry", options, RULES);
  const clusterId = toIdentifier(given) ?? given;
  const report = createReporter(onFailure ?? logFailure);
  const dispatcher = new Dispatcher(report, maxConsecutiveFailures);
  const emitter = new Emitter({ ...rest, clusterId }, dispatcher, report);
  const operations = new Operations(emitter, dispatcher, rest.classifyError);
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
    resource: toAttributesCopy(resource) ?? {},
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
    stored: async ({ timeoutMs, subscribers, eventIds = [], eventsOnly = false } = {}) => {
      const stores = storesOf(dispatcher.attached, subscribers);
      const inFlightOf: About["inFlightOf"] = (to) => emitter.relayed.inFlightOf(to, eventIds);
      await settleAll(() => stores, ["stored"], timeoutMs, eventsOnly ? { eventIds, inFlightOf } : undefined);
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

const RULES = {
  clusterId: required(
    value("a text of 1 to 256 characters", (given): given is string => Boolean(toIdentifier(given)), undefined),
  ),
  resource: value("an object with attributes", isAttributes, undefined),
  onFailure: callback<(report: FailureReport) => void>(),
  clock: objectWith<Clock>("an object with `now` and `monotonic`", "now", "monotonic"),
  generateId: callback<() => string>(),
  classifyError: callback<ErrorClassifier>(),
  maxConsecutiveFailures: value("a number of 1 or more, or Infinity", atLeast(1), 5),
  lateAfterMs: value("a number of 0 or more, or Infinity (milliseconds)", atLeast(0), 3_600_000),
} satisfies RulesFor<TelemetryOptions>;

function isAttributes(given: unknown): given is NonNullable<TelemetryOptions["resource"]> {
  return typeof given === "object" && given !== null;
}

function atLeast(least: number) {
  return (given: unknown): given is number => typeof given === "number" && given >= least;
}
