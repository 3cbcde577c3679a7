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
  /** Messages that may be under way at a time. Default 2,000. */
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

/** @throws TypeError where a name is none, or a number out of its range */
export function resolveOptions(options: JetStreamOptions): ResolvedJetStreamOptions {
  for (const name of [options.stream, options.durable]) {
    if (!NAME.test(name)) throw new TypeError("consumeJetStream: names have no spaces, dots, wildcards or slashes");
  }
  const resolved = {
    filterSubjects: [],
    maxInFlight: 2_000,
    maxBytes: 8 * 2 ** 20,
    ackWaitMs: 30_000,
    positionEveryMs: 5_000,
    apiPrefix: "$JS.API",
    onFailure: () => {},
    ...options,
  };
  for (const value of [resolved.maxInFlight, resolved.maxBytes, resolved.ackWaitMs, resolved.positionEveryMs]) {
    if (!(Number.isSafeInteger(value) && value > 0))
      throw new TypeError("consumeJetStream: numbers must be whole and above 0");
  }
  return resolved;
}
