import { abortable } from "@alumiini/delivery";
import { type NatsConnection, readStatus } from "./client.js";

/** Where the connection comes from. */
export interface ConnectionSource {
  open(): Promise<NatsConnection>;
  /** Whether the sink opened it, and therefore closes it, and opens another one when it is over. */
  readonly owned: boolean;
}

/** The one connection of a sink, opened when it is first needed. */
export class Session {
  readonly #source: ConnectionSource;
  readonly #events: LinkEvents;
  #link: Link | undefined;
  #opening: Promise<Link> | undefined;
  #closed = false;

  constructor(source: ConnectionSource, events: LinkEvents) {
    this.#source = source;
    this.#events = events;
  }

  /** Returns the connection once it is up. Opens it where there is none; waits while the client reconnects. */
  async ready(signal: AbortSignal): Promise<NatsConnection> {
    for (;;) {
      const link = this.#current() ?? (await abortable(this.#open(), signal));
      if (link.up) return link.connection;
      await abortable(link.changed(), signal);
    }
  }

  /** Whether the connection is up at this instant. */
  isUp(connection: NatsConnection): boolean {
    return this.#link?.connection === connection && this.#link.up;
  }

  /** Lets the connection go: closes it where it is the sink's own. */
  async close(): Promise<void> {
    this.#closed = true;
    const link = this.#link;
    this.#link = undefined;
    link?.stop();
    if (this.#source.owned) await link?.connection.close();
  }

  #current(): Link | undefined {
    if (this.#closed) throw new Error("the sink is closed");
    if (this.#link === undefined || !this.#link.over) return this.#link;
    if (!this.#source.owned) {
      throw new Error(
        "the connection that was given to natsSink is closed: give it one with maxReconnectAttempts: -1, or `servers`",
      );
    }
    return undefined;
  }

  #open(): Promise<Link> {
    this.#opening ??= this.#openOnce().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #openOnce(): Promise<Link> {
    const connection = await this.#source.open();
    // One that its user has given may be reconnecting right now; this tells.
    if (!this.#source.owned) await connection.flush();
    if (this.#closed) {
      if (this.#source.owned) await connection.close();
      throw new Error("the sink is closed");
    }
    this.#link?.stop();
    this.#link = new Link(connection, this.#events);
    return this.#link;
  }
}

/** What happens on a connection that a transport must know. */
export interface LinkEvents {
  /** The connection was lost, is back, or is closed: nothing that was sent before it will be answered. */
  onInterruption(error: Error): void;
  /** The server refused an operation on a subject. */
  onDenied(operation: string, subject: string): void;
}

/** Follows one connection: whether it is up, and whether it is over for good. */
class Link {
  readonly connection: NatsConnection;
  up = true;
  over = false;
  readonly #events: LinkEvents;
  readonly #statuses: AsyncIterable<{ readonly type: string }>;
  #waiting: (() => void)[] = [];

  constructor(connection: NatsConnection, events: LinkEvents) {
    this.connection = connection;
    this.#events = events;
    this.#statuses = connection.status();
    void this.#follow();
    connection.closed().then(
      () => this.#end(),
      () => this.#end(),
    );
  }

  /** Resolves with the next change. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Stops following; the connection itself stays as it is. */
  stop(): void {
    this.over = true;
    // Both clients answer an iterator that only its `stop` releases while it waits; their types don't show it.
    if ("stop" in this.#statuses && typeof this.#statuses.stop === "function") this.#statuses.stop();
    this.#wake();
  }

  async #follow(): Promise<void> {
    try {
      for await (const status of this.#statuses) {
        const meaning = readStatus(status);
        if (meaning === undefined || this.over) continue;
        if (meaning.kind === "denied") this.#events.onDenied(meaning.operation, meaning.subject);
        else this.#turn(meaning.kind === "up");
      }
    } catch {
      // The iterator ends with the connection, with or without an error: `closed()` tells of it.
    }
  }

  #turn(up: boolean): void {
    // Also when it is back: the client throws away what it was given while there was no connection.
    this.#events.onInterruption(new Error(`the connection to NATS was lost${up ? " and is back" : ""}`));
    this.up = up;
    this.#wake();
  }

  #end(): void {
    if (this.over) return;
    this.over = true;
    this.up = false;
    this.#events.onInterruption(new Error("the connection to NATS was closed"));
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** Resolves when the server has processed all that was published before, and what it refused has been reported. */
export async function processed(connection: NatsConnection): Promise<void> {
  await connection.flush();
  // The refusal arrived before the answer to the flush, but goes through an iterator: let that run first.
  await new Promise((resolve) => setTimeout(resolve, 0));
}

/** That the server refused an operation on a subject, and what to do about it. */
export function deniedError(operation: string, subject: string): Error {
  return operation === "subscription"
    ? new Error(
        `the NATS server does not allow subscribing to ${subject}, where acknowledgements arrive: ` +
          "allow it to this user, or set `inboxPrefix` to what is allowed",
      )
    : new Error(`the NATS server does not allow publishing to ${subject}: allow it to this user`);
}
