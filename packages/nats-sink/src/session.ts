import { abortable } from "@alumiini/delivery";
import type { NatsConnection } from "./client.js";
import { Link, type LinkEvents } from "./link.js";

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

  /** Answers the connection once it is up. Opens it where there is none; waits while the client reconnects. */
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
