import type { AluminiEvent } from "../event.js";
import type { EventType } from "../event-types.js";
import type { Subscriber } from "../subscriber.js";
import { createDelivery, type DeliveryConfig } from "./delivery.js";
import type { EncodeMessages } from "./event-messages.js";
import type { Message } from "./message.js";
import type { DeliveryStats } from "./stats.js";

/** A subscriber that delivers: what every sink is. */
export interface Sink extends Subscriber {
  handle(event: AluminiEvent): void;
  /** As `Delivery.flush`. */
  flush(signal?: AbortSignal): Promise<void>;
  /** As `Delivery.close`. */
  close(signal?: AbortSignal): Promise<void>;
  /** Resolves when the sink has connected for the first time; rejects when it is closed before that. */
  ready(): Promise<void>;
  stats(): DeliveryStats;
}

/** What `createSink` takes. */
export interface SinkConfig extends DeliveryConfig {
  /** The event types to send. Default: all. */
  readonly types?: readonly EventType[] | undefined;
  /** Turns an event into the messages to send; called within `emit`. See `eventMessages`. */
  readonly messages: EncodeMessages;
}

/**
 * Makes a sink of a transport. `docs/writing-a-sink.md` shows one.
 *
 * @throws {TypeError} for options that no delivery could work with.
 */
export function createSink({ types, messages, ...config }: SinkConfig): Sink {
  const delivery = createDelivery(config);
  return {
    name: delivery.name,
    types,
    handle(event) {
      if (messages.single && delivery.dropIfFull()) return;
      let encoded: readonly Message[];
      try {
        encoded = messages(event);
      } catch (error) {
        delivery.encodeFailed(error);
        return;
      }
      for (const message of encoded) delivery.accept(message);
    },
    flush: (signal) => delivery.flush(signal),
    close: (signal) => delivery.close(signal),
    ready: () => delivery.ready(),
    stats: () => delivery.stats(),
  };
}
