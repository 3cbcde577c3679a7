import { buildEvent, buildMeasurement, MEASUREMENTS, type UncheckedFields } from "../event/build-event.js";
import { LIMITS } from "../event/limits.js";
import type { MeasurementKind } from "../event/measurement.js";
import { toAttributesCopy, toIdentifier } from "../event/sanitize.js";
import { createUlidGenerator } from "../event/ulid.js";
import type { EventType } from "../event/vocabulary.js";
import { type Attached, createDispatcher, statsOf } from "./dispatcher.js";
import { createReporter, logFailure } from "./failure.js";
import { settleAll, storesOf } from "./flush.js";
import { type OpenOperation, type OperationHost, starters } from "./start-operation.js";
import type { Telemetry, TelemetryOptions } from "./telemetry.js";

const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");

/**
 * Makes a telemetry instance (ADR-004 section 4). Several live side by side, sharing nothing.
 *
 * @throws {TypeError} when `clusterId` or `maxConsecutiveFailures` is unusable.
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
  const { clock, generateId, maxConsecutiveFailures = 5 } = options;
  const clusterId = toIdentifier(options.clusterId);
  if (!clusterId || !(maxConsecutiveFailures >= 1)) {
    throw new TypeError("createTelemetry needs a clusterId, and maxConsecutiveFailures of 1 or more");
  }
  const report = createReporter(options.onFailure ?? logFailure);
  const dispatcher = createDispatcher(report, maxConsecutiveFailures);
  const ulid = createUlidGenerator();
  let rejected = 0;
  let afterClose = 0;
  let closing: Promise<void> | undefined;
  /** What is being built, for `onInvalid`: a closure for each event would cost more than the event. */
  let building: unknown;

  const nameOfBuilding = () => toIdentifier(building) ?? "?";

  function onInvalid(path: string, isRejected = false): void {
    if (isRejected) rejected++;
    report({ kind: "invalid_fields", type: nameOfBuilding(), path, rejected: isRejected });
  }

  function attempt<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      report({ kind: "input_failed", error });
      return undefined;
    }
  }

  function now(): number {
    const time = clock === undefined ? Date.now() : attempt(() => clock.now());
    return typeof time === "number" && time >= 0 && time <= LIMITS.instant ? Math.trunc(time) : Date.now();
  }

  function newId(timestamp: number): string {
    return (generateId && toIdentifier(attempt(generateId))) || ulid(timestamp);
  }

  /** Whether anybody would get what is being built. */
  function isWanted(targets: readonly Attached[] | undefined): targets is readonly Attached[] {
    if (closing) {
      afterClose++;
      report({ kind: "dropped", reason: "closed", type: nameOfBuilding() });
    } else if (targets === undefined) onInvalid("type", true);
    else return targets.length > 0;
    return false;
  }

  // The idle path of both: nobody ever subscribed, so nothing is looked up or made. It stays apart from what
  // follows, so that it is inlined into the caller.
  function emit(type: EventType, fields: UncheckedFields): void {
    if (!dispatcher.idle) emitNow(type, fields);
  }

  function measure(kind: MeasurementKind, fields: Readonly<Record<string, unknown>>): void {
    if (!dispatcher.idle) measureNow(kind, fields);
  }

  function emitNow(type: EventType, fields: UncheckedFields): void {
    building = type;
    try {
      const targets = dispatcher.lists().byType.get(type);
      if (!isWanted(targets)) return;
      const timestamp = now();
      const id = newId(timestamp);
      dispatcher.publish(buildEvent(type, fields, id, timestamp, clusterId ?? "", onInvalid), targets);
    } catch {
      onInvalid("fields", true);
    }
  }

  function measureNow(kind: MeasurementKind, fields: Readonly<Record<string, unknown>>): void {
    building = kind;
    try {
      const targets = Object.hasOwn(MEASUREMENTS, kind) ? dispatcher.lists().measuring : undefined;
      if (!isWanted(targets)) return;
      dispatcher.publish(buildMeasurement(kind, fields, now(), clusterId ?? "", onInvalid), targets);
    } catch {
      // Fields that are not plain data: a getter or a proxy threw, or there is no object at all.
      onInvalid("fields", true);
    }
  }

  const open = new Set<OpenOperation>();
  const neverEnded = (operation: OpenOperation) => report({ kind: "operation_never_ended", ...operation });
  const host: OperationHost = {
    emit,
    monotonic: () => (clock && attempt(() => Number(clock.monotonic()))) ?? performance.now(),
    newId: () => newId(now()),
    report,
    classifyError: options.classifyError,
    attempt,
    ask: dispatcher.ask,
    listeners: () => (closing ? [] : dispatcher.attached.filter((to) => to.counts.active && to.subscriber.begin)),
    describe: (type, fields) => attempt(() => buildEvent(type, fields, "", now(), clusterId, () => {})),
    open,
    forgotten: new FinalizationRegistry((operation) => {
      if (open.delete(operation)) neverEnded(operation);
    }),
  };

  const close: Telemetry["close"] = ({ timeoutMs } = {}) => {
    if (!closing) {
      open.forEach(neverEnded);
      dispatcher.idle = false;
      closing = settleAll(() => dispatcher.attached, ["flush", "close"], timeoutMs);
    }
    return closing;
  };

  return {
    clusterId,
    resource: toAttributesCopy(options.resource) ?? {},
    emit,
    measure,
    ...starters(host),
    subscribe: dispatcher.attach,
    flush: ({ timeoutMs } = {}) => settleAll(() => dispatcher.attached, ["flush"], timeoutMs),
    stored: async ({ timeoutMs, subscribers } = {}) => {
      const stores = storesOf(dispatcher.attached, subscribers);
      await settleAll(() => stores, ["stored"], timeoutMs);
    },
    close,
    stats: () => ({ subscribers: dispatcher.attached.map(statsOf), rejected, afterClose, openOperations: open.size }),
    [asyncDispose]: close,
  };
}
