import type { AluminiEvent, EventType } from "@alumiini/core";

/*
 * The parts of a telemetry instance and of a subscriber that ingest uses. Both fit as they are.
 */

/** What takes finished events: a telemetry instance of `@alumiini/core`. */
export interface RelayTarget {
  readonly clusterId: string;
  relay(event: AluminiEvent): "accepted" | "duplicate" | { readonly refused: string };
  stats(): { readonly subscribers: readonly { readonly name: string; readonly active: boolean }[] };
}

/** A subscriber that takes events without a telemetry instance between. */
export interface EventSubscriber {
  readonly name: string;
  readonly types?: readonly EventType[] | undefined;
  handle(event: AluminiEvent, mark: { readonly relayed: true }): void | PromiseLike<void>;
}

/** A subscriber whose storing an answer waits for. */
export interface StoredSubscriber {
  readonly name: string;
  handle(event: AluminiEvent, mark: { readonly relayed: true }): void | PromiseLike<void>;
  /** Resolves when everything taken so far is in an outbox, a broker or a database; rejects when it is not. */
  stored(signal?: AbortSignal): void | PromiseLike<void>;
}
