/// <reference lib="esnext.disposable" />
import type { AluminiEvent, AnyFields, EventIdentity, EventOf } from "../event/event.js";
import type { Measurement } from "../event/measurement.js";
import type { EventType, OperationName } from "../event/taxonomy.js";
import type { OperationHandle } from "./operation.js";

/**
 * What attaches to the stream: the one interface between core and every adapter. `docs/writing-a-subscriber.md`
 * states what each method must, should and may do; `@alumiini/core/testing` has the kit that checks it.
 *
 * @example
 * ```ts
 * import { createTelemetry } from "@alumiini/core";
 *
 * const telemetry = createTelemetry({ clusterId: "prod-us-east" });
 * using subscription = telemetry.subscribe({
 *   name: "failures",
 *   types: ["sync_failed", "apply_failed"],
 *   handle(event) {
 *     event.errorType; // narrowed to the two types
 *   },
 * });
 * ```
 */
export interface Subscriber<T extends EventType = EventType> {
  /** Names the subscriber in failure reports and metrics. Need not be unique. */
  readonly name: string;
  /** The types to receive; all when absent. */
  readonly types?: readonly T[] | undefined;
  /**
   * Takes one event. It is called within `emit`, so it must return at once. The event is frozen and shared. A promise
   * that it returns counts as work under way, which `flush` awaits. `context` is there for relayed events only.
   */
  handle(event: EventOf<T>, context?: HandleContext): void | PromiseLike<void>;
  /** Takes one measurement. Subscribers without this method never see any. */
  measure?(measurement: Measurement): void | PromiseLike<void>;
  /**
   * Called for every operation that `start` or `run` begins, whatever `types` says, before its started event is emitted.
   * It is called within `start`, so it must return at once. What it returns goes with the operation. A call that throws
   * counts as a failed delivery.
   */
  begin?(start: OperationStart): OperationContext | undefined;
  /** Resolves when everything handled before the call has left. Must settle soon after `signal` aborts. */
  flush?(signal: AbortSignal): void | PromiseLike<void>;
  /**
   * Resolves when everything handled before the call is stored: in an outbox, a broker or a database. Rejects where
   * that can't be said. Must settle soon after `signal` aborts. Have it where the subscriber keeps events; without it
   * the subscriber counts as one that keeps none. Where `eventIds` is given, the caller needs no more than these, so it
   * may resolve as soon as they are stored.
   */
  stored?(signal?: AbortSignal, eventIds?: readonly string[]): void | PromiseLike<void>;
  /** Releases what the subscriber itself opened. Called once, after the last `flush`. */
  close?(signal: AbortSignal): void | PromiseLike<void>;
}

/** How an event came to be handed over, where it was not emitted here. It is no part of the event or its identity. */
export interface HandleContext {
  /**
   * The event was made elsewhere and given to `telemetry.relay`: its timestamp is in the past, its order is not that of
   * its time, and another process may have counted it.
   */
  readonly relayed: boolean;
  /**
   * The event is older than `lateAfterMs`, or was relayed as late by its source. Keep it, but let no counter, gauge or
   * alert follow from it.
   */
  readonly late: boolean;
}

/** An operation that is about to begin. */
export interface OperationStart {
  readonly operation: OperationName;
  /** The type of the event on success: it distinguishes a clone from a fetch. */
  readonly completedType: EventType;
  /** The same object for as long as the operation lasts: a key for a `WeakMap`. */
  readonly handle: OperationHandle;
  /** The operation that this one is started on. */
  readonly parent: OperationHandle | undefined;
  /**
   * What the operation's events will say, as far as it is known: checked, bounded and free of credentials. It has
   * `traceId` and `spanId` only where the caller gave them for this very operation, or an earlier subscriber returned
   * them.
   */
  readonly fields: Omit<AnyFields, "durationMs"> & Pick<EventIdentity, "timestamp" | "clusterId">;
}

/** What a subscriber has an operation take with it. */
export interface OperationContext {
  /**
   * W3C ids for the operation's events, and for those of its children that have none of their own. What the caller
   * gave, and what an earlier subscriber returned, is kept instead.
   */
  readonly traceId?: string;
  readonly spanId?: string;
  /**
   * Calls `call` once, before it returns: with it, `run` executes the operation's function, and everything that the
   * function awaits. `call` never throws.
   */
  run?(call: () => void): void;
}

/** What `subscribe` returns. Disposing of it and `unsubscribe()` are the same. */
export interface Subscription extends Disposable {
  readonly name: string;
  /** False after `unsubscribe`, and after too many consecutive failures. */
  readonly active: boolean;
  /**
   * Detaches at once: the subscriber is never called again, not even for the event now being published. It is neither
   * flushed nor closed: do that yourself. Calling it twice does nothing.
   */
  unsubscribe(): void;
  /** The counts of this subscriber, at this instant. */
  stats(): SubscriberStats;
}

/**
 * One subscriber's counts, of events and measurements together. At every instant
 * `accepted = delivered + failed + dropped + pending`.
 */
export interface SubscriberStats {
  readonly name: string;
  readonly active: boolean;
  readonly accepted: number;
  /** `handle` returned, or its promise resolved. */
  readonly delivered: number;
  /** `handle` threw, or its promise rejected. */
  readonly failed: number;
  /** Never handed over, by reason. */
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** Queued, or promised and not settled. */
  readonly pending: number;
}

/**
 * Why a subscriber did not get what was accepted for it:
 * - `unsubscribed`: it was detached while the event waited in the queue.
 * - `feedback`: subscribers emitted in reaction to events without end, and the chain was cut.
 * - `backpressure`: too many promises of its `handle` had not settled.
 */
export type DropReason = "unsubscribed" | "feedback" | "backpressure";

/** What a subscriber takes when it takes everything. */
export type AnySubscriber = Subscriber & {
  handle(event: AluminiEvent, context?: HandleContext): void | PromiseLike<void>;
};
