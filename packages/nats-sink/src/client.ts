import { readProperty } from "@alumiini/core/adapter";

/**
 * What a sink uses of a NATS connection. A `NatsConnection` of `nats` 2 fits, and one of `@nats-io/transport-node` 3 or
 * any other transport on `@nats-io/nats-core` 3: neither package is imported for it.
 */
export interface NatsConnection {
  /** What the server said of itself; absent while there is no connection. */
  readonly info?: { readonly max_payload: number };
  publish(subject: string, payload?: Uint8Array, options?: PublishOptions): void;
  subscribe(subject: string, options?: SubscribeOptions): { unsubscribe(): void };
  request(subject: string, payload?: Uint8Array, options?: { timeout: number }): Promise<NatsMessage>;
  /** Resolves when the server has processed all that was published before. */
  flush(): Promise<void>;
  status(): AsyncIterable<NatsStatus>;
  closed(): Promise<unknown>;
  isClosed(): boolean;
  close(): Promise<void>;
}

/** How a message is published. */
export interface PublishOptions {
  reply?: string;
  /** Both clients take an object whose `encode()` returns the header block; see `publisher.ts`. */
  headers?: object;
}

/** How a subject is subscribed to. */
export interface SubscribeOptions {
  callback?: (error: Error | null, message: NatsMessage) => void;
}

/** A message as both clients hand it over. */
export interface NatsMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: { readonly code: number; readonly description: string };
}

/** What both clients report of a connection; the two versions put different fields beside the type. */
export interface NatsStatus {
  readonly type: string;
}

/** Where a status says that the connection led to. */
function serverOf(status: NatsStatus): string | undefined {
  // Version 3 has a field of this name, version 2 puts it into `data`.
  const server = readProperty(status, "server") ?? readProperty(status, "data");
  return typeof server === "string" && server !== "" ? server : undefined;
}

/**
 * Lets the process end while the connection is open. Neither client has a method for it; where a version keeps its socket
 * or its ping timer elsewhere, the process stays alive until the sink is closed.
 */
export function releaseProcess(connection: NatsConnection): void {
  const protocol = readProperty(connection, "protocol");
  const socket = readProperty(readProperty(protocol, "transport"), "socket");
  const timer = readProperty(readProperty(protocol, "heartbeats"), "timer");
  for (const handle of [socket, timer]) {
    const unref = readProperty(handle, "unref");
    if (typeof unref === "function") Reflect.apply(unref, handle, []);
  }
}

/** What a status means to a sink; `undefined` for what does not matter. */
export type StatusMeaning =
  | { readonly kind: "down"; readonly server: string | undefined }
  | { readonly kind: "up" }
  | { readonly kind: "denied"; readonly operation: string; readonly subject: string };

/** Reads a status of either client. */
export function readStatus(status: NatsStatus): StatusMeaning | undefined {
  if (status.type === "disconnect") return { kind: "down", server: serverOf(status) };
  if (status.type === "reconnect") return { kind: "up" };
  if (status.type !== "error") return undefined;
  // Version 3 reports the error itself, version 2 puts the same two fields into a context beside its code.
  const details = readProperty(status, "error") ?? readProperty(status, "permissionContext");
  const operation = readProperty(details, "operation");
  const subject = readProperty(details, "subject");
  if (typeof operation !== "string" || typeof subject !== "string") return undefined;
  return { kind: "denied", operation, subject };
}

/** The prefix of reply subjects that the connection was opened with; both clients keep it there. */
export function inboxPrefixOf(connection: NatsConnection): string | undefined {
  const prefix = readProperty(readProperty(connection, "options"), "inboxPrefix");
  return typeof prefix === "string" && prefix !== "" ? prefix : undefined;
}
