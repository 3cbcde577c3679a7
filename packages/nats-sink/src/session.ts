import { readProperty } from "@alumiini/core/adapter";
import { abortable, type LinkState, toError } from "@alumiini/delivery";
import { type NatsConnection, readStatus, releaseProcess } from "./client.js";

/** Where the connection comes from. */
export interface ConnectionSource {
  open(): Promise<NatsConnection>;
  /** Whether the sink opened it, and therefore closes it, and opens another one when it is over. */
  readonly owned: boolean;
}

/** What happens on a connection that a transport must know. */
export interface LinkEvents {
  /** The connection was lost, is back, or is closed: nothing that was sent before it will be answered. */
  onInterruption(error: Error): void;
  /** The server refused an operation on a subject. */
  onDenied(operation: string, subject: string): void;
  /** Whether answers of the server are awaited: a ping then may take as long as they. */
  isBusy(): boolean;
}

/** Milliseconds before the second attempt to open another connection; doubles with each attempt. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

/** The one connection of a sink, opened when it is first needed, and by itself whenever it was lost. */
export class Session {
  readonly #source: ConnectionSource;
  readonly #events: LinkEvents;
  #link: Link | undefined;
  #opening: Promise<Link> | undefined;
  #reopening: Promise<void> | undefined;
  #onLink: (state: LinkState) => void = () => {};
  #closed = false;

  constructor(source: ConnectionSource, events: LinkEvents) {
    this.#source = source;
    this.#events = events;
  }

  /** Calls back when the connection is lost, when it is back, and for each failed attempt in between. */
  follow(listener: (state: LinkState) => void): void {
    this.#onLink = listener;
  }

  /** Returns the connection once it is up. Opens it where there is none; waits while it is being repaired. */
  async ready(signal: AbortSignal): Promise<NatsConnection> {
    for (;;) {
      const link = this.#current();
      if (link?.up) return link.connection;
      await abortable<unknown>(link?.changed() ?? this.#reopening ?? this.#open(), signal);
    }
  }

  /** Whether the connection is up at this instant. */
  isUp(connection: NatsConnection): boolean {
    return this.#link?.connection === connection && this.#link.up;
  }

  /** Reports what will keep messages from being delivered, though the connection is up. */
  warn(connection: NatsConnection, error: Error): void {
    if (this.isUp(connection)) this.#onLink({ up: true, error });
  }

  /** Nobody waits for the connection any more: it need not keep the process alive. */
  release(): void {
    if (this.#source.owned && this.#link !== undefined) releaseProcess(this.#link.connection);
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
    if (!this.#source.owned) throw givenIsClosed();
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
    this.#link = new Link(connection, this.#source.owned, this.#events, (state) => this.#turn(state));
    return this.#link;
  }

  #turn(state: LinkState): void {
    if (this.#closed) return;
    if (this.#link?.over !== true) {
      this.#onLink(state);
    } else if (this.#source.owned) {
      // Not reported yet: the first failed attempt to open another one says why.
      this.#onLink({ up: false });
      this.#reopening ??= this.#reopen().finally(() => {
        this.#reopening = undefined;
      });
    } else {
      this.#onLink({ up: false, error: givenIsClosed() });
    }
  }

  async #reopen(): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; !this.#closed; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        await this.#open();
        this.release();
        this.#onLink({ up: true });
        return;
      } catch (error) {
        if (!this.#closed) this.#onLink({ up: false, error: toError(error) });
      }
      // At random, so that the clients of a server that comes back do not come all at once.
      await new Promise<void>((resolve) => idleTimer(resolve, pauseMs * (0.5 + Math.random() / 2)));
    }
  }
}

function givenIsClosed(): Error {
  return new Error(
    "the connection that was given to natsSink is closed: give it one with maxReconnectAttempts: -1, or `servers`",
  );
}

/** Milliseconds between looks at a ping, and between a pong and the next ping. */
const LOOK_MS = 1000;
/** Looks after which a ping counts as lost: while nothing else is awaited, and while batches may be in its way. */
const LOOKS_IDLE = 4;
const LOOKS_BUSY = 30;

/** Follows one connection: whether it is up, and whether it is over for good. */
class Link {
  readonly connection: NatsConnection;
  up = true;
  over = false;
  readonly #owned: boolean;
  readonly #events: LinkEvents;
  readonly #onTurn: (state: LinkState) => void;
  readonly #statuses: AsyncIterable<{ readonly type: string }>;
  #waiting: (() => void)[] = [];
  #cancelLook = () => {};

  constructor(connection: NatsConnection, owned: boolean, events: LinkEvents, onTurn: (state: LinkState) => void) {
    this.connection = connection;
    this.#owned = owned;
    this.#events = events;
    this.#onTurn = onTurn;
    this.#statuses = connection.status();
    void this.#follow();
    const onClosed = () => this.#end("the connection to NATS was closed");
    connection.closed().then(onClosed, onClosed);
    if (owned) this.#cancelLook = idleTimer(() => this.#ping(), LOOK_MS);
  }

  /** Resolves with the next change. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Stops following; the connection itself stays as it is. */
  stop(): void {
    this.over = true;
    this.#cancelLook();
    // Both clients return an iterator that only its `stop` releases while it waits; their types don't show it.
    if ("stop" in this.#statuses && typeof this.#statuses.stop === "function") this.#statuses.stop();
    this.#wake();
  }

  /** Finds out that the network drops packets without a word. */
  #ping(): void {
    let answered = false;
    this.connection.flush().then(
      () => {
        answered = true;
      },
      // The connection was lost, which its status tells.
      () => {},
    );
    // Counts looks, not time: a process that was busy itself has not read the answer yet.
    let looks = 0;
    const look = () => {
      if (this.over) return;
      if (answered) {
        this.#ping();
        return;
      }
      if (this.up && ++looks >= (this.#events.isBusy() ? LOOKS_BUSY : LOOKS_IDLE)) {
        this.#end("the NATS server does not answer");
        void this.connection.close().catch(() => {});
        return;
      }
      this.#cancelLook = idleTimer(look, LOOK_MS);
    };
    this.#cancelLook = idleTimer(look, LOOK_MS);
  }

  async #follow(): Promise<void> {
    try {
      for await (const status of this.#statuses) {
        const meaning = readStatus(status);
        if (meaning === undefined || this.over) continue;
        if (meaning.kind === "denied") this.#events.onDenied(meaning.operation, meaning.subject);
        else if (meaning.kind === "up") this.#turn(true, "the connection to NATS was lost and is back");
        else this.#turn(false, `the connection to NATS${meaning.server ? ` at ${meaning.server}` : ""} was lost`);
      }
    } catch {
      // The iterator ends with the connection, with or without an error: `closed()` tells of it.
    }
  }

  #turn(up: boolean, text: string): void {
    const error = new Error(text);
    this.up = up;
    // Of one of the sink's own, the failed attempt to open another one says more.
    this.#onTurn(up ? { up } : { up, error: this.#owned ? undefined : error });
    // Also when it is back: the client throws away what it was given while there was no connection.
    this.#events.onInterruption(error);
    this.#wake();
  }

  #end(text: string): void {
    if (this.over) return;
    this.over = true;
    this.up = false;
    this.#cancelLook();
    this.#onTurn({ up: false });
    this.#events.onInterruption(new Error(text));
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** Calls back once, without keeping the process alive. Returns what cancels it. */
function idleTimer(callback: () => void, milliseconds: number): () => void {
  const timer = setTimeout(callback, milliseconds);
  const unref = readProperty(timer, "unref");
  if (typeof unref === "function") Reflect.apply(unref, timer, []);
  return () => clearTimeout(timer);
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
