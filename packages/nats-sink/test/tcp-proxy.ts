import { connect, createServer, type Server, type Socket } from "node:net";

/** Forwards TCP connections to a port of the loopback interface, and cuts, stalls or slows them. */
export class TcpProxy {
  readonly #target: number;
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  /** Milliseconds that each piece of data is held up. */
  delayMs = 0;
  /** Connections turned away. */
  refused = 0;
  #refusing = false;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((client) => this.#accept(client));
  }

  static async start(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("the proxy does not listen");
    return `nats://127.0.0.1:${address.port}`;
  }

  /** Breaks all connections with what is on its way in them; takes new ones unless `refuse`. */
  cut({ refuse = false } = {}): void {
    this.#refusing = refuse;
    for (const pair of this.#pairs) for (const socket of pair) socket.resetAndDestroy();
  }

  /** Takes connections again. */
  mend(): void {
    this.#refusing = false;
  }

  async stop(): Promise<void> {
    this.cut({ refuse: true });
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client: Socket): void {
    if (this.#refusing) {
      this.refused++;
      client.resetAndDestroy();
      return;
    }
    const server = connect(this.#target, "127.0.0.1");
    const pair = [client, server] as const;
    this.#pairs.add(pair);
    this.#forward(client, server);
    this.#forward(server, client);
    for (const [socket, other] of [pair, [server, client] as const]) {
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        other.destroy();
        this.#pairs.delete(pair);
      });
    }
  }

  #forward(from: Socket, to: Socket): void {
    from.on("data", (data) => {
      if (this.delayMs === 0) {
        to.write(data);
        return;
      }
      // One piece at a time, so that a slow link is slow and keeps the order.
      from.pause();
      setTimeout(() => {
        if (!to.destroyed) to.write(data);
        from.resume();
      }, this.delayMs);
    });
  }
}
