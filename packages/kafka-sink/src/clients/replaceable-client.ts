import { abortable } from "@alumiini/delivery";

/** How a client is made and given up. */
export interface ClientLife<C> {
  /** Makes a client and connects it. */
  open(): Promise<C>;
  /** Disconnects it. May wait for what is under way on it. */
  close(client: C): Promise<void>;
  /** Milliseconds without use after which the client is closed until it is needed again. Default: never. */
  readonly idleMs?: number;
}

/**
 * One connected client at a time, made when it is needed. It is replaced where nobody can know what became of a request:
 * its connection may be dead without anybody having noticed, and what it remembers of sequences may be wrong.
 */
export class ReplaceableClient<C> {
  readonly #life: ClientLife<C>;
  /** `client` is there once it has connected. */
  #current: { readonly opening: Promise<C>; client?: C } | undefined;
  #uses = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(life: ClientLife<C>) {
    this.#life = life;
  }

  /**
   * Runs something on the client, connecting it first where it isn't. Rejects where it can't connect, and when the signal
   * aborts before it has.
   */
  async use<T>(run: (client: C) => Promise<T>, signal: AbortSignal): Promise<T> {
    this.#uses++;
    clearTimeout(this.#idle);
    try {
      return await run(await this.#open(signal));
    } finally {
      this.#uses--;
      this.#waitForIdle();
    }
  }

  /** Gives the client up, unless it was given up before; the next use makes another. */
  replace(client: C): void {
    if (this.#current?.client !== client) return;
    this.#current = undefined;
    // Whether it leaves in good order makes no difference any more, and nobody waits for it.
    this.#life.close(client).catch(() => {});
  }

  /** Closes the client for good. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    const client = await this.#current?.opening.catch(() => undefined);
    this.#current = undefined;
    if (client !== undefined) await this.#life.close(client);
  }

  async #open(signal: AbortSignal): Promise<C> {
    if (this.#closed) throw new Error("the producer is closed");
    this.#current ??= this.#connect();
    const current = this.#current;
    if (current.client !== undefined) return current.client;
    try {
      return await abortable(current.opening, signal);
    } catch (error) {
      // Connecting may have got stuck. Whoever comes next begins anew.
      if (this.#current === current) this.#current = undefined;
      current.opening.then(
        (client) => this.#life.close(client).catch(() => {}),
        () => {},
      );
      throw error;
    }
  }

  #connect(): { readonly opening: Promise<C>; client?: C } {
    const current: { readonly opening: Promise<C>; client?: C } = { opening: this.#life.open() };
    current.opening.then(
      (client) => {
        current.client = client;
      },
      () => {
        // Whoever waits for it is told.
      },
    );
    return current;
  }

  #waitForIdle(): void {
    const { idleMs } = this.#life;
    if (idleMs === undefined || this.#uses > 0 || this.#closed) return;
    this.#idle = setTimeout(() => {
      const client = this.#current?.client;
      if (client !== undefined) this.replace(client);
    }, idleMs);
    // Nobody's process stays alive for it.
    this.#idle.unref();
  }
}
