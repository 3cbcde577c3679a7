import {
  callback,
  milliseconds,
  type RulesFor,
  readOptions,
  required,
  value,
  wholeNumber,
} from "@alumiini/core/adapter";
import { Counter, type DeliveryCounts, type Ending } from "../intake/counts.js";
import { INTAKE_RULES, Intake, type IntakeOptions } from "../intake/intake.js";
import type { Mapper } from "../mapping/mapper.js";

/**
 * A message as both NATS clients have it, `nats` 2 and `@nats-io/transport-node` 3: of a JetStream consumer, or of a plain
 * subscription, whose messages can't be acknowledged.
 */
export interface NatsMessage {
  readonly data: Uint8Array;
  ack?(): void;
  nak?(millis?: number): void;
  term?(): void;
}

/** What `ingestMessages` takes. */
export interface ConsumerOptions extends IntakeOptions {
  /** What `consumer.consume()` of JetStream, or `connection.subscribe(subject)`, returned. Close it to stop. */
  readonly messages: AsyncIterable<NatsMessage>;
  /** What the messages are; for Flux's NATS provider, `flux`. */
  readonly map: Mapper;
  /** Messages that are handled at once, so that storing them can be grouped. Default 256. */
  readonly maxInProgress?: number | undefined;
  /** Milliseconds until JetStream sends again what could not be stored. Default 5,000. */
  readonly retryDelayMs?: number | undefined;
}

/** A consumer that runs until its messages end. */
export interface IngestConsumer {
  /** Resolves when the messages have ended and all are handled. Rejects with what the messages failed with. */
  readonly done: Promise<void>;
  /** The same equation as of HTTP deliveries. A message that JetStream sends again is received again. */
  stats(): DeliveryCounts;
}

/**
 * Takes the messages of a subject as deliveries. One of JetStream is acknowledged when the durable subscribers have stored
 * its events; what can't be stored comes again, and what is no event of the source does not. Messages of a plain
 * subscription are lost without a listener: let a stream take Flux's subject.
 *
 * @throws {OptionError} for an option that is unknown or not valid.
 *
 * @example
 * ```ts
 * import { createTelemetry } from "@alumiini/core";
 * import { flux, ingestMessages, type NatsMessage } from "@alumiini/ingest";
 *
 * declare const messages: AsyncIterable<NatsMessage>;
 * const telemetry = createTelemetry({ clusterId: "prod-us-east" });
 * const consumer = ingestMessages({ messages, map: flux, to: telemetry });
 * await consumer.done;
 * ```
 */
export function ingestMessages(options: ConsumerOptions): IngestConsumer {
  const { messages, map, maxInProgress, retryDelayMs, ...rest } = readOptions("ingestMessages", options, RULES);
  const intake = new Intake(rest, "ingestMessages");
  const counter = new Counter();
  const running = new Set<Promise<void>>();

  const handle = async (message: NatsMessage): Promise<void> => {
    const ending = await intake.take(map, { headers: {}, body: message.data });
    counter.end(ending);
    try {
      acknowledge(message, ending, retryDelayMs);
    } catch {
      // The connection is gone. JetStream redelivers what was not acknowledged.
    }
  };

  const run = async (): Promise<void> => {
    for await (const message of messages) {
      counter.begin();
      const handled = handle(message).finally(() => running.delete(handled));
      running.add(handled);
      if (running.size >= maxInProgress) await Promise.race(running);
    }
  };

  const done = run().finally(() => Promise.all(running));
  // Avoids an unhandled rejection when nobody awaits `done`.
  done.catch(() => {});
  return { done, stats: () => counter.read() };
}

function acknowledge(message: NatsMessage, ending: Ending, retryDelayMs: number): void {
  if (ending.kind !== "rejected") message.ack?.();
  else if (ending.reason === "not_stored" || ending.reason === "unavailable") message.nak?.(retryDelayMs);
  // Without a reason: servers before 2.10.4 do not know one, and would send it again.
  else message.term?.();
}

const RULES = {
  ...INTAKE_RULES,
  messages: required(value("what `consume()` or `subscribe()` of a NATS client returned", isMessages, undefined)),
  map: required(callback<Mapper>()),
  maxInProgress: wholeNumber(1, Number.MAX_SAFE_INTEGER, 256),
  retryDelayMs: milliseconds(0, 5000),
} satisfies RulesFor<ConsumerOptions>;

function isMessages(given: unknown): given is AsyncIterable<NatsMessage> {
  return typeof given === "object" && given !== null && Symbol.asyncIterator in given;
}
