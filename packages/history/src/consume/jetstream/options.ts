import {
  callback,
  listOf,
  milliseconds,
  objectWith,
  type RulesFor,
  readOptions,
  required,
  text,
  value,
  wholeNumber,
} from "@alumiini/core/adapter";
import type { StoreError } from "../../store/errors.js";
import type { NatsConnection } from "./client.js";

/** What is consumed from JetStream, and how. */
export interface JetStreamOptions {
  /** Opened and closed by the caller. Of `nats` 2, or of `@nats-io/transport-node` 3 or another transport. */
  readonly connection: NatsConnection;
  readonly stream: string;
  /** The durable consumer's name; made where there is none. Processes with one name share the messages. */
  readonly durable: string;
  /** Only these subjects of the stream. Default all; only then is every gap certain. */
  readonly filterSubjects?: readonly string[];
  /** Messages that may be under way at a time. Default 4,000. */
  readonly maxInFlight?: number;
  /** Bytes that one request may bring. Default 8 MiB; at least the largest message. */
  readonly maxBytes?: number;
  /** How long a message may be under way before it is delivered again; of a new consumer. Default 30,000. */
  readonly ackWaitMs?: number;
  /** How often the position is written down. Default 5,000. */
  readonly positionEveryMs?: number;
  /** Default `$JS.API`; `$JS.<domain>.API` for a domain. */
  readonly apiPrefix?: string;
  /** Called when JetStream or the store fails; the consumer goes on by itself. */
  readonly onFailure?: (error: StoreError) => void;
}

const NAME = /^[^\s.*>/\\]+$/;

/** The options with all defaults in. */
export type ResolvedJetStreamOptions = Required<JetStreamOptions>;

const name = required(
  value(
    "a name without spaces, dots, wildcards and slashes",
    (given): given is string => typeof given === "string" && NAME.test(given),
    undefined,
  ),
);

const RULES = {
  connection: required(objectWith<NatsConnection>("a connection of NATS", "request", "subscribe")),
  stream: name,
  durable: name,
  filterSubjects: listOf(undefined, []),
  maxInFlight: wholeNumber(1, Number.MAX_SAFE_INTEGER, 4_000),
  maxBytes: wholeNumber(1, Number.MAX_SAFE_INTEGER, 8 * 2 ** 20),
  ackWaitMs: milliseconds(1, 30_000),
  positionEveryMs: milliseconds(1, 5_000),
  apiPrefix: text("$JS.API"),
  onFailure: callback<(error: StoreError) => void>(),
} satisfies RulesFor<JetStreamOptions>;

/** @throws {@link OptionError} where an option is missing, unknown or out of its range */
export function resolveOptions(options: JetStreamOptions): ResolvedJetStreamOptions {
  const resolved = readOptions("consumeJetStream", options, RULES);
  return { ...resolved, onFailure: resolved.onFailure ?? (() => {}) };
}
