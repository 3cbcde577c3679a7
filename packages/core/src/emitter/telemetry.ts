/// <reference lib="esnext.disposable" />

import type { ErrorClassifier } from "../error/classify-error.js";
import type { AluminiEvent, Attributes, EmitFields } from "../event/event.js";
import type { MeasurementFields, MeasurementKind } from "../event/measurement.js";
import type { EventType, OperationName } from "../event/taxonomy.js";
import type { FailureReport } from "./failure.js";
import type { OperationHandle, StartFields } from "./operation.js";
import type { Subscriber, SubscriberStats, Subscription } from "./subscriber.js";

/** Where time comes from. Both return milliseconds. */
export interface Clock {
  /** Milliseconds since the Unix epoch; may jump, backwards too. */
  now(): number;
  /** Milliseconds since any fixed point; never goes back. */
  monotonic(): number;
}

/** What `createTelemetry` takes. */
export interface TelemetryOptions {
  /** Names the cluster on every event (ADR-004 `cluster_id`). 1 to 256 characters. */
  readonly clusterId: string;
  /**
   * OpenTelemetry resource attributes of this process (`service.name`, `k8s.pod.name`, …; ADR-004 section 2).
   * `detectResource()` of `@alumiini/core/node` reads them from the environment.
   */
  readonly resource?: Attributes | undefined;
  /** Takes what went wrong. Default: one line on the console's error stream. What it throws is ignored. */
  readonly onFailure?: ((report: FailureReport) => void) | undefined;
  /** Default: `Date.now` and `performance.now`. */
  readonly clock?: Clock | undefined;
  /** Returns a new event id at each call. Default: monotonic ULIDs, safe against a clock that is set back. */
  readonly generateId?: (() => string) | undefined;
  /** Asked first for the `errorType` of an error; `undefined` leaves it to the default classification. */
  readonly classifyError?: ErrorClassifier | undefined;
  /** Failures in a row after which a subscriber is detached. 1 or more; `Infinity` for never. Default 5. */
  readonly maxConsecutiveFailures?: number | undefined;
  /**
   * Age in milliseconds from which a relayed event is late: no counter or alert follows from it. 0 or more; `Infinity`
   * for never. Default 3,600,000 (one hour).
   */
  readonly lateAfterMs?: number | undefined;
}

/** How long `flush` and `close` may take. */
export interface FlushOptions {
  /** One deadline over all subscribers, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number;
}

/** What `relay` takes besides the event. */
export interface RelayOptions {
  /** `true` for events that are known to be of the past, such as a backfill's, however old they are. */
  readonly late?: boolean;
}

/** What `relay` returns: `refused` names the field that no event may have, or that is missing. */
export type RelayResult = "accepted" | "duplicate" | { readonly refused: string };

/** How many events were given to `relay`, by result. */
export interface RelayStats {
  /** The late ones included. */
  readonly accepted: number;
  /** Those of the accepted that no counter or alert follows from. */
  readonly late: number;
  readonly duplicate: number;
  readonly refused: number;
}

/** Whom to ask, and for how long, whether events are stored. */
export interface StoredOptions extends FlushOptions {
  /**
   * Names of the subscribers that must confirm. Default: all that have a `stored` method. One that is named and has no
   * `stored` is flushed instead.
   */
  readonly subscribers?: readonly string[];
  /** Ids of relayed events: it also rejects where one of the subscribers failed on one of these. */
  readonly eventIds?: readonly string[];
  /**
   * Waits for these events alone, not for everything that was taken before the call. Use it to answer the sender of these
   * events. Default false.
   */
  readonly eventsOnly?: boolean;
}

/** The counts of one telemetry instance, at this instant. */
export interface TelemetryStats {
  /** Every subscriber that was not unsubscribed, detached ones included. */
  readonly subscribers: readonly SubscriberStats[];
  /** Events and measurements refused because their fields were unusable. */
  readonly rejected: number;
  readonly relayed: RelayStats;
  /** Events and measurements given after `close`. */
  readonly afterClose: number;
  /** Operations started and not ended. */
  readonly openOperations: number;
}

/** The emitter. Instances are independent of one another; there are no globals and no process hooks. */
export interface Telemetry extends AsyncDisposable {
  readonly clusterId: string;
  readonly resource: Attributes;

  /**
   * Publishes an event to the subscribers of its type, in the order in which they subscribed, before it returns.
   * Called from within a subscriber it queues the event behind the one being published. It never throws.
   */
  emit<T extends EventType>(type: T, fields: EmitFields<T>): void;

  /**
   * Publishes an event that was made elsewhere, such as one that `parseWire` read: with the same checks, bounds and
   * removal of credentials as `emit`, and with the id, timestamp, cluster, severity and outcome that it has. Subscribers
   * are told by the second argument of `handle`. It never throws.
   *
   * The last 50,000 ids are remembered. An event with one of these is a duplicate and goes only to the subscribers that
   * failed on it, were not given it, or were attached since.
   *
   * @example
   * ```ts
   * import { createTelemetry, parseWire } from "@alumiini/core";
   *
   * const telemetry = createTelemetry({ clusterId: "prod-us-east" });
   * export function receive(body: string): string {
   *   const read = parseWire(body);
   *   if (!read.ok) return read.error.message;
   *   const result = telemetry.relay(read.event);
   *   return typeof result === "string" ? result : result.refused;
   * }
   * ```
   */
  relay(event: AluminiEvent, options?: RelayOptions): RelayResult;

  /** Publishes a reading that is no event. As `emit`, it never throws. */
  measure<K extends MeasurementKind>(kind: K, fields: MeasurementFields[K]): void;

  /** Begins an operation and emits its started event, where ADR-004 has one. */
  start<O extends OperationName>(operation: O, fields: StartFields<O>): OperationHandle<O>;

  /**
   * Runs `run` as an operation: completed when it returns (or its promise resolves), failed when it throws (or the
   * promise rejects), cancelled when it fails after `signal` has aborted. The error goes on to the caller as it was.
   * `run` may end the handle itself to add fields. Where it returns a generator, which has not run yet, the operation
   * stays open: end the handle within the generator.
   */
  run<O extends OperationName, R>(operation: O, fields: StartFields<O>, run: (handle: OperationHandle<O>) => R): R;

  /**
   * Attaches a subscriber; it sees what is emitted from now on. After `close` it is reported and not attached.
   *
   * @throws {TypeError} when it has no name or `handle`, or asks for a type that doesn't exist.
   */
  subscribe<T extends EventType = EventType>(subscriber: Subscriber<T>): Subscription;

  /**
   * Resolves when everything emitted before the call has left every subscriber. Rejects with a `FlushError` that says
   * what could not be flushed, at the deadline at the latest.
   */
  flush(options?: FlushOptions): Promise<void>;

  /**
   * Resolves when everything taken before the call is stored: in an outbox, a broker or a database. Unlike `flush` it
   * does not wait for delivery, so it resolves while a broker behind an outbox is down. Rejects with a `FlushError`
   * where a subscriber can't confirm it: at the deadline, when it was detached, or when nobody has a given name.
   */
  stored(options?: StoredOptions): Promise<void>;

  /**
   * Stops taking events, flushes, then closes every subscriber, all under one deadline. Further calls return the same
   * promise. Rejects as `flush` does, with everything closed that could be.
   */
  close(options?: FlushOptions): Promise<void>;

  stats(): TelemetryStats;
}
