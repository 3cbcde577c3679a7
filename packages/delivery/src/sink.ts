import type { AluminiEvent, EventType, Subscriber } from "@alumiini/core";
import { Intake } from "./deferred-encoder.js";
import type { DeliveryConfig } from "./delivery.js";
import type { EncodeMessages } from "./event-messages.js";
import { createDelivery } from "./runtime.js";
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
  /** Turns an event into the messages to send; called when the code that emitted it has run. See `eventMessages`. */
  readonly messages: EncodeMessages;
}

/**
 * Makes a sink of a transport. `docs/writing-a-sink.md` shows one.
 *
 * @throws {TypeError} for options that no delivery could work with.
 */
export function createSink({ types, messages, ...config }: SinkConfig): Sink {
  const delivery = createDelivery(config);
  const intake = new Intake<AluminiEvent>((event) => {
    if (messages.single && delivery.dropIfFull()) return;
    // Nobody stands above this to catch what is thrown, by messages that are none for instance.
    try {
      for (const message of messages(event)) delivery.accept(message);
    } catch (error) {
      delivery.encodeFailed(error);
    }
  });
  // Whoever looks, or asks for all that came before, must not miss what has only just come.
  const current = () => {
    intake.drain();
    return delivery;
  };
  return {
    name: delivery.name,
    types,
    handle: (event) => intake.put(event),
    flush: (signal) => current().flush(signal),
    close: (signal) => current().close(signal),
    ready: () => delivery.ready(),
    stats: () => current().stats(),
  };
}
