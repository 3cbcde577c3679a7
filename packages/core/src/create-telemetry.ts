import { buildEvent, type UncheckedFields } from "./build-event.js";
import { buildMeasurement } from "./build-measurement.js";
import { classifyError } from "./classify-error.js";
import { guardClock, systemClock } from "./clock.js";
import { Dispatcher } from "./dispatcher.js";
import { FailureReporter, logFailure } from "./failure.js";
import { Deadline, FlushError } from "./flush.js";
import { MEASUREMENTS, type MeasurementKind } from "./measurement.js";
import { OpenOperations } from "./open-operations.js";
import { toAttributesCopy, toIdentifier } from "./sanitize.js";
import { type OperationHost, runOperation, startOperation } from "./start-operation.js";
import type { AnySubscriber } from "./subscriber.js";
import { EVENT_TYPES, type EventType } from "./taxonomy.js";
import type { FlushOptions, Telemetry, TelemetryOptions } from "./telemetry.js";
import { createUlidGenerator } from "./ulid.js";

const DEFAULT_TIMEOUT_MS = 5000;
const DEFAULT_MAX_CONSECUTIVE_FAILURES = 5;

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
  const { clusterId, maxConsecutiveFailures } = checkOptions(options);

  const reporter: FailureReporter = new FailureReporter(options.onFailure ?? logFailure, () => clock.monotonic());
  const optionFailed = (option: "clock" | "generateId" | "classifyError", error: unknown) =>
    reporter.report({ kind: "option_failed", option, error }, option);
  const clock = guardClock(options.clock ?? systemClock, (error) => optionFailed("clock", error));
  const dispatcher = new Dispatcher(reporter, maxConsecutiveFailures);
  const open = new OpenOperations(reporter);
  const ulid = createUlidGenerator();
  let rejected = 0;
  let afterClose = 0;
  let closing: Promise<void> | undefined;

  /** What is being built, for {@link onInvalid}: a closure for each event would cost more than the event. */
  let building: string;
  function onInvalid(path: string, isRejected: boolean): void {
    if (isRejected) rejected++;
    reporter.report({ kind: "invalid_fields", type: building, path, rejected: isRejected }, building);
  }

  function newId(now: number): string {
    if (options.generateId === undefined) return ulid(now);
    try {
      const id = toIdentifier(options.generateId());
      if (id !== undefined) return id;
      optionFailed("generateId", new TypeError("it answered no text"));
    } catch (error) {
      optionFailed("generateId", error);
    }
    return ulid(now);
  }

  /** Whether this instance can publish under that name; if not, says so. */
  function canPublish(name: string, isKnown: boolean): boolean {
    building = name;
    if (closing !== undefined) {
      afterClose++;
      reporter.report({ kind: "dropped", reason: "closed", type: name }, "");
      return false;
    }
    if (!isKnown) onInvalid("type", true);
    return isKnown;
  }

  function emit(type: EventType, fields: UncheckedFields): void {
    const targets: Dispatcher["measuring"] | undefined = dispatcher.index[type];
    // The idle path: nobody listens, so nothing is made.
    if (targets !== undefined && targets.length === 0 && closing === undefined) return;
    if (!canPublish(String(type), targets !== undefined)) return;
    try {
      const timestamp = Math.trunc(clock.now());
      const event = buildEvent(type, fields, newId(timestamp), timestamp, clusterId, onInvalid);
      if (event !== undefined) dispatcher.publish(event, targets);
    } catch {
      // Only fields that are not plain data get here: a getter or a proxy that throws, or no object at all.
      onInvalid("fields", true);
    }
  }

  function measure(kind: MeasurementKind, fields: Readonly<Record<string, unknown>>): void {
    const targets = dispatcher.measuring;
    if (targets.length === 0 && closing === undefined) return;
    if (!canPublish(String(kind), Object.hasOwn(MEASUREMENTS, kind))) return;
    try {
      const measurement = buildMeasurement(kind, fields, Math.trunc(clock.now()), clusterId, onInvalid);
      if (measurement !== undefined) dispatcher.publish(measurement, targets);
    } catch {
      onInvalid("fields", true);
    }
  }

  const host: OperationHost = {
    emit,
    monotonic: () => clock.monotonic(),
    newId: () => newId(clock.now()),
    open,
    describe(error, context) {
      let errorType: string | undefined;
      try {
        errorType = toIdentifier(options.classifyError?.(error, context));
      } catch (fault) {
        optionFailed("classifyError", fault);
      }
      return {
        errorType: errorType ?? safely(() => classifyError(error, context)) ?? "unknown",
        errorMessage: messageOf(error),
      };
    },
  };

  async function withDeadline(timeoutMs: number | undefined, phases: readonly ("flush" | "close")[]): Promise<void> {
    const deadline = new Deadline(timeoutMs ?? DEFAULT_TIMEOUT_MS);
    try {
      // Lets a publication under way end: what it queued was emitted before the call.
      await undefined;
      const failures = [];
      for (const phase of phases) failures.push(...(await deadline.all(phase, dispatcher.subscriptions)));
      if (failures.length > 0) throw new FlushError(failures);
    } finally {
      deadline.end();
    }
  }

  const telemetry: Telemetry = {
    clusterId,
    resource: toAttributesCopy(options.resource) ?? Object.freeze({}),
    emit,
    measure,
    start: (operation, fields) => startOperation(host, operation, fields),
    run: (operation, fields, run) => runOperation(startOperation(host, operation, fields), run),
    subscribe(subscriber) {
      checkSubscriber(subscriber);
      return dispatcher.attach(subscriber);
    },
    flush: (flushOptions?: FlushOptions) => withDeadline(flushOptions?.timeoutMs, ["flush"]),
    close(closeOptions?: FlushOptions) {
      if (closing === undefined) {
        open.reportStillOpen();
        closing = withDeadline(closeOptions?.timeoutMs, ["flush", "close"]);
      }
      return closing;
    },
    stats: () => ({
      subscribers: dispatcher.subscriptions.map((subscription) => subscription.stats()),
      rejected,
      afterClose,
      openOperations: open.size,
    }),
    [asyncDispose]: () => telemetry.close(),
  };
  return telemetry;
}

function checkOptions(options: TelemetryOptions) {
  const clusterId = toIdentifier(options.clusterId);
  if (clusterId === undefined) throw new TypeError("createTelemetry: clusterId must be a non-empty string");
  const maxConsecutiveFailures = options.maxConsecutiveFailures ?? DEFAULT_MAX_CONSECUTIVE_FAILURES;
  if (!(maxConsecutiveFailures >= 1)) {
    throw new TypeError("createTelemetry: maxConsecutiveFailures must be 1 or more (Infinity: never detach)");
  }
  return { clusterId, maxConsecutiveFailures };
}

function checkSubscriber({ name, types, handle }: AnySubscriber): void {
  if (typeof name !== "string" || name === "") throw new TypeError("subscribe: the subscriber needs a name");
  if (typeof handle !== "function") throw new TypeError(`subscribe: "${name}" needs a handle(event) method`);
  const unknown = types?.find((type) => !EVENT_TYPES.includes(type));
  if (unknown !== undefined) throw new TypeError(`subscribe: "${name}" asks for "${unknown}", which is no event type`);
}

function messageOf(error: unknown): string {
  return safely(() => (error instanceof Error ? error.message || error.name : String(error))) ?? "";
}

/** Runs what touches an error of unknown make: a getter on it may throw. */
function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
