import { type AluminiEvent, EVENT_TYPES, type EventType, type HandleContext, type Subscriber } from "@alumiini/core";
import { callback, listOf, readOptions, required } from "@alumiini/core/adapter";
import { DeferredEncoder } from "./deferred-encoder.js";
import type { Delivery, DeliveryConfig } from "./delivery.js";
import type { EncodeMessages } from "./event-messages.js";
import { outsideContext } from "./process/context.js";
import { CONFIG_RULES, DeliveryRuntime } from "./runtime.js";
import type { DeliveryStats } from "./stats.js";

/** A subscriber that delivers: what every sink is. `await using` closes it. */
export interface Sink extends Subscriber, AsyncDisposable {
  handle(event: AluminiEvent, context?: HandleContext): void;
  /** As `Delivery.flush`. */
  flush(signal?: AbortSignal): Promise<void>;
  /** As `Delivery.stored`. */
  stored(signal?: AbortSignal): Promise<void>;
  /** As `Delivery.close`. */
  close(signal?: AbortSignal): Promise<void>;
  /** Resolves when the sink has connected for the first time; rejects when it is closed before that. */
  ready(): Promise<void>;
  /** As `Delivery.recovered`. */
  recovered(): Promise<number>;
  stats(): DeliveryStats;
}

/** What `createSink` takes. */
export interface SinkConfig extends DeliveryConfig {
  /** The event types to send. Default: all. */
  readonly types?: readonly EventType[] | undefined;
  /** Turns an event into the messages to send; called when the code that emitted it has run. See `eventMessages`. */
  readonly messages: EncodeMessages;
}

const RULES = {
  ...CONFIG_RULES,
  types: listOf(EVENT_TYPES, undefined),
  messages: required(callback<EncodeMessages>()),
};

/**
 * Makes a sink of a transport. `docs/writing-a-sink.md` shows one.
 *
 * @throws {OptionError} for options that no delivery could work with, and for unknown ones.
 */
export function createSink(sinkConfig: SinkConfig): Sink {
  readOptions("createSink", sinkConfig, RULES);
  const { types, messages, ...config } = sinkConfig;
  // An exit report must count what was emitted last.
  const delivery = outsideContext(() => new DeliveryRuntime("createSink", config, () => encoder.drain()));
  const encoder = new DeferredEncoder<AluminiEvent>((event) => encode(delivery, messages, event));
  // Encode waiting events first, so that stats, flush and close include them.
  const current = () => {
    encoder.drain();
    return delivery;
  };
  const close = (signal?: AbortSignal) => outsideContext(() => current().close(signal));
  return {
    name: delivery.name,
    types,
    handle: (event) => encoder.put(event),
    flush: (signal) => outsideContext(() => current().flush(signal)),
    stored: (signal) => outsideContext(() => current().stored(signal)),
    close,
    ready: () => delivery.ready(),
    recovered: () => delivery.recovered(),
    stats: () => current().stats(),
    async [Symbol.asyncDispose]() {
      const signal = AbortSignal.timeout(DISPOSE_MS);
      // What it rejects with is in the counts and the reports already; `close` drops what is left.
      await outsideContext(() => current().flush(signal)).catch(() => {});
      await close(signal);
    },
  };
}

/** Milliseconds that `await using` gives a sink to deliver what is left. */
const DISPOSE_MS = 10_000;

function encode(delivery: DeliveryRuntime, messages: EncodeMessages, event: AluminiEvent): void {
  // Runs in a microtask: nothing else would catch an encoder's error.
  try {
    if (delivery.mayDrop && dropIfFull(delivery, messages, event)) return;
    for (const message of messages(event)) delivery.accept(message);
  } catch (error) {
    delivery.encodeFailed(error);
  }
}

function dropIfFull(delivery: Delivery, { keyOf }: EncodeMessages, event: AluminiEvent): boolean {
  return keyOf !== undefined && delivery.dropIfFull(() => keyOf(event));
}
