import { type NatsConnection, readStatus } from "./client.js";

/** What happens on a connection that a transport must know. */
export interface LinkEvents {
  /** The connection was lost, is back, or is closed: nothing that was sent before it will be answered. */
  onInterruption(error: Error): void;
  /** The server refused an operation on a subject. */
  onDenied(operation: string, subject: string): void;
}

/** Follows one connection: whether it is up, and whether it is over for good. */
export class Link {
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
