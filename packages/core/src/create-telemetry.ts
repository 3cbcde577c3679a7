import { buildEvent, buildMeasurement, type UncheckedFields } from "./build-event.js";
import { toAttributesCopy, toIdentifier } from "./checks.js";
import { type Attached, createDispatcher, statsOf } from "./dispatcher.js";
import type { AluminiEvent } from "./event.js";
import type { EventType } from "./event-types.js";
import { createReporter, logFailure } from "./failure.js";
import { settleAll } from "./flush.js";
import { MEASUREMENTS, type Measurement, type MeasurementKind } from "./measurement.js";
import { type OpenOperation, type OperationHost, runOperation, startOperation } from "./start-operation.js";
import type { Telemetry, TelemetryOptions } from "./telemetry.js";
import { createUlidGenerator } from "./ulid.js";

const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");
/** The last instant that RFC 3339 can write: the end of the year 9999. */
const LAST_INSTANT = 253_402_300_799_999;

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
  const attached = () => dispatcher.attached;
  let rejected = 0;
  let afterClose = 0;
  let closing: Promise<void> | undefined;
  /** What is being built, for `onInvalid`: a closure for each event would cost more than the event. */
  let building = "";

  function onInvalid(path: string, isRejected = false): void {
    if (isRejected) rejected++;
    report({ kind: "invalid_fields", type: building, path, rejected: isRejected }, building);
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
    return time !== undefined && time >= 0 && time <= LAST_INSTANT ? Math.trunc(time) : Date.now();
  }

  function newId(timestamp: number): string {
    return (generateId && toIdentifier(attempt(generateId))) || ulid(timestamp);
  }

  /** Whether anybody would get what is to be published under that name. */
  function isWanted(name: string, targets: readonly Attached[] | undefined): targets is readonly Attached[] {
    building = String(name);
    if (closing) {
      afterClose++;
      report({ kind: "dropped", reason: "closed", type: building });
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
    const targets = dispatcher.index.get(type);
    if (!isWanted(type, targets)) return;
    const timestamp = now();
    const id = newId(timestamp);
    try {
      publish(buildEvent(type, fields, id, timestamp, clusterId ?? "", onInvalid), targets);
    } catch {
      onUnreadable();
    }
  }

  function measureNow(kind: MeasurementKind, fields: Readonly<Record<string, unknown>>): void {
    const targets = Object.hasOwn(MEASUREMENTS, kind) ? dispatcher.measuring : undefined;
    if (!isWanted(kind, targets)) return;
    try {
      publish(buildMeasurement(kind, fields, now(), clusterId ?? "", onInvalid), targets);
    } catch {
      onUnreadable();
    }
  }

  function publish(item: AluminiEvent | Measurement | undefined, targets: readonly Attached[]): void {
    if (item) dispatcher.publish(item, targets);
  }

  /** Fields that are not plain data: a getter or a proxy threw, or there is no object at all. */
  function onUnreadable(): void {
    onInvalid("fields", true);
  }

  const open = new Set<OpenOperation>();
  const neverEnded = (operation: OpenOperation) =>
    report({ kind: "operation_never_ended", ...operation }, operation.operation);
  const host: OperationHost = {
    emit,
    monotonic: () => (clock && attempt(() => clock.monotonic())) ?? performance.now(),
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
      closing = settleAll(attached, ["flush", "close"], timeoutMs);
    }
    return closing;
  };

  return {
    clusterId,
    resource: toAttributesCopy(options.resource) ?? {},
    emit,
    measure,
    start: (operation, fields) => startOperation(host, operation, fields).handle,
    run: (operation, fields, run) => runOperation(startOperation(host, operation, fields), run),
    subscribe(subscriber) {
      if (!subscriber.name || typeof subscriber.handle !== "function") {
        throw new TypeError("subscribe needs a subscriber with a name and a handle(event) method");
      }
      return dispatcher.attach(subscriber);
    },
    flush: ({ timeoutMs } = {}) => settleAll(attached, ["flush"], timeoutMs),
    close,
    stats: () => ({ subscribers: attached().map(statsOf), rejected, afterClose, openOperations: open.size }),
    [asyncDispose]: close,
  };
}
