import type { DeliveryOptions } from "./options.js";
import type { Message } from "./ports/message.js";
import type { DeliveryTime } from "./ports/time.js";
import type { Transport } from "./ports/transport.js";
import type { DeliveryStats } from "./stats.js";

/** What `createDelivery` takes. */
export interface DeliveryConfig extends DeliveryOptions {
  /** Names the sink in reports and metrics. */
  readonly name: string;
  readonly transport: Transport;
  /** For tests. Default: the clock, timers and chance of the platform. */
  readonly time?: DeliveryTime | undefined;
}

/** The way of messages from acceptance to the receiver. */
export interface Delivery {
  readonly name: string;
  /** Takes a message, at once. Never throws: what can't be taken is dropped and counted. */
  accept(message: Message): void;
  /**
   * Drops and counts a message that was not made yet, if it would be dropped at once whatever it is; returns whether.
   * Spares encoding while the receiver is down. `keyOf` returns the message's key; it is called while memory is full only.
   */
  dropIfFull(keyOf: () => string): boolean;
  /** Counts an event that could not become messages. */
  encodeFailed(error: unknown): void;
  /**
   * Resolves when the transport has connected for the first time; rejects when `close` comes before that. Waiting for it
   * does not keep the process alive.
   */
  ready(): Promise<void>;
  /**
   * Resolves when the outbox has been opened and recovered, with the number of messages that an earlier process left; 0
   * without an outbox. Rejects when `close` comes before that.
   */
  recovered(): Promise<number>;
  /**
   * Resolves when everything accepted before the call has been delivered or dropped, what an earlier process left in the
   * outbox included. When `signal` aborts first it resolves too if all that is left is safe in the outbox, and rejects
   * otherwise. Without a signal it may wait indefinitely.
   */
  flush(signal?: AbortSignal): Promise<void>;
  /**
   * Resolves when everything accepted before the call is stored: in the outbox and synced, or with the receiver. Unlike
   * `flush` it does not wait for a receiver that is down, where there is an outbox. Rejects when `signal` aborts first.
   * Calls at the same time share one write.
   */
  stored(signal?: AbortSignal): Promise<void>;
  /**
   * Takes nothing more and starts no batch; lets those under way end, until `signal` aborts; releases transport and
   * outbox. What is in memory only is dropped as `closed`; what is in the outbox stays there for the next process.
   * Rejects when releasing fails; once `signal` has aborted it does not wait for that, and reports it to `onFailure`.
   * Further calls only wait for all of it to end.
   */
  close(signal?: AbortSignal): Promise<void>;
  stats(): DeliveryStats;
}
