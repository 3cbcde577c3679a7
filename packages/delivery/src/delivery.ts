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
   * Counts a message as dropped that was never made, if it would be dropped at once whatever it is; answers whether.
   * Spares encoding while the receiver is down.
   */
  dropIfFull(): boolean;
  /** Counts an event that could not become messages. */
  encodeFailed(error: unknown): void;
  /**
   * Resolves when the transport has connected for the first time; rejects when `close` comes before that. Waiting for it
   * does not keep the process alive.
   */
  ready(): Promise<void>;
  /**
   * Resolves when everything accepted before the call has been delivered or dropped. When `signal` aborts first it
   * resolves too if all that is left is safe in the outbox, and rejects otherwise. Without a signal it may wait for ever.
   * What an earlier process left counts as accepted once the outbox has opened: who only drains it awaits the outbox's own `flush` first.
   */
  flush(signal?: AbortSignal): Promise<void>;
  /**
   * Takes nothing more and starts no batch; lets those under way end, until `signal` aborts; releases transport and
   * outbox. What is in memory only is dropped as `closed`; what is in the outbox stays there for the next process.
   * Rejects when releasing fails; once `signal` has aborted it does not wait for that, and reports it to `onFailure`.
   * Further calls do nothing but wait for the end of it all.
   */
  close(signal?: AbortSignal): Promise<void>;
  stats(): DeliveryStats;
}
