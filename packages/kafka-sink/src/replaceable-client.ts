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
  readonly #leaving = new Set<Promise<void>>();
  /** `client` is there once it has connected. */
  #current: { readonly opening: Promise<C>; client?: C } | undefined;
  #uses = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(life: ClientLife<C>) {
    this.#life = life;
  }

  /** Runs something on the client, connecting it first where it isn't. Rejects where it can't connect. */
  async use<T>(run: (client: C) => Promise<T>): Promise<T> {
    this.#uses++;
    clearTimeout(this.#idle);
    try {
      return await run(await this.#open());
    } finally {
      this.#uses--;
      this.#waitForIdle();
    }
  }

  /** Gives the client up, unless it was given up before; the next use makes another. */
  replace(client: C): void {
    if (this.#current?.client !== client) return;
    this.#current = undefined;
    this.#leave(client);
  }

  /** Closes the client for good, and waits for those given up before. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    const client = await this.#current?.opening.catch(() => undefined);
    if (client !== undefined) this.replace(client);
    await Promise.all(this.#leaving);
  }

  async #open(): Promise<C> {
    if (this.#closed) throw new Error("the producer is closed");
    this.#current ??= this.#connect();
    return this.#current.opening;
  }

  #connect(): { readonly opening: Promise<C>; client?: C } {
    const current: { readonly opening: Promise<C>; client?: C } = { opening: this.#life.open() };
    current.opening.then(
      (client) => {
        current.client = client;
      },
      () => {
        // Whoever waits for it is told; the next one tries anew.
        if (this.#current === current) this.#current = undefined;
      },
    );
    return current;
  }

  #leave(client: C): void {
    const leaving: Promise<void> = this.#life
      .close(client)
      .catch(() => {
        // It was given up: whether it left in good order makes no difference.
      })
      .finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
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
