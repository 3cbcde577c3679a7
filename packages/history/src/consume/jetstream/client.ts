import type { StreamMessage } from "../intake.js";

/**
 * What a consumer uses of a NATS connection. A `NatsConnection` of `nats` 2 fits, and one of `@nats-io/transport-node` 3
 * or any other transport on `@nats-io/nats-core` 3: neither package is imported for it.
 */
export interface NatsConnection {
  publish(subject: string, payload?: Uint8Array, options?: { reply?: string }): void;
  subscribe(
    subject: string,
    options?: { callback?: (error: Error | null, message: NatsMessage) => void },
  ): { unsubscribe(): void };
  request(subject: string, payload?: Uint8Array, options?: { timeout: number }): Promise<NatsMessage>;
  /** Resolves when the server has processed all that was published before. */
  flush(): Promise<void>;
  isClosed(): boolean;
}

/** A message as both clients hand it over. */
export interface NatsMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly reply?: string;
  readonly headers?: NatsHeaders;
}

/** Headers as both clients hand them over. */
export interface NatsHeaders {
  /** 0 for a message; a status otherwise. */
  readonly code: number;
  readonly description: string;
  keys(): readonly string[];
  get(key: string): string;
}

/** A property of a value that came from outside; `undefined` where there is none. */
export function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/** A subject for replies under the prefix that the connection was opened with, which both clients keep there. */
export function inboxOf(connection: NatsConnection, id: string): string {
  const prefix = property(property(connection, "options"), "inboxPrefix");
  return `${typeof prefix === "string" && prefix !== "" ? prefix : "_INBOX"}.${id}`;
}

/** A message under way, and where to acknowledge it. */
export interface UnderWay {
  readonly message: StreamMessage;
  readonly reply: string;
  readonly isFirst: boolean;
}

/** Reads a delivered message; undefined where JetStream has not delivered it. */
export function readMessage(stream: string, { data, reply, headers }: NatsMessage): UnderWay | undefined {
  const delivery = reply === undefined ? undefined : readDelivery(reply);
  if (reply === undefined || delivery === undefined) return undefined;
  const { sequence, ts, deliveries } = delivery;
  const named = Object.fromEntries((headers?.keys() ?? []).map((key) => [key, headers?.get(key) ?? ""]));
  const message = { value: data, headers: named, stream, partition: 0, sequence, ts, receivedAt: Date.now() };
  return { message, reply, isFirst: deliveries === 1 };
}

/** What the subject to acknowledge to says of a message. Times are in milliseconds. */
export interface Delivery {
  readonly deliveries: number;
  readonly sequence: number;
  readonly ts: number;
}

/** `$JS.ACK.<stream>.<consumer>.<delivered>.<sequence>.<consumer sequence>.<nanoseconds>.<pending>`, newer servers with a domain and an account. */
function readDelivery(reply: string): Delivery | undefined {
  const tokens = reply.split(".");
  if (tokens[0] !== "$JS" || tokens[1] !== "ACK" || tokens.length < 9) return undefined;
  const from = tokens.length >= 11 ? 6 : 4;
  const [deliveries, sequence, , nanoseconds] = tokens.slice(from).map(Number);
  if (deliveries === undefined || sequence === undefined || nanoseconds === undefined) return undefined;
  if (![deliveries, sequence, nanoseconds].every(Number.isFinite)) return undefined;
  return { deliveries, sequence, ts: Math.floor(nanoseconds / 1_000_000) };
}
