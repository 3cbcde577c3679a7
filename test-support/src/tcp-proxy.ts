import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** Forwards TCP connections to a port of the loopback interface, and disturbs them. */
export class TcpProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Milliseconds that each piece of data is held back. */
  delayMs = 0;
  /** Takes data and passes nothing on, as a network does that swallows packets. */
  silent = false;
  /** Passes requests on, but no answers. */
  answersLost = false;
  /** Pieces of data that were not passed on for it. */
  lost = 0;
  /** Changes what clients send, in place, before it is passed on. */
  garble: (data: Buffer) => void = () => {};
  /** Connections turned away. */
  refused = 0;
  #refusing = false;

  private constructor(server: Server, port: number, target: number) {
    this.port = port;
    this.#server = server;
    server.on("connection", (client) => this.#accept(client, target));
  }

  static async start(target: number): Promise<TcpProxy> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("the proxy does not listen");
    return new TcpProxy(server, address.port, target);
  }

  /** Resets all connections, with what is on its way in them; takes new ones unless `refuse`. */
  cut({ refuse = false } = {}): void {
    this.#refusing = refuse;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Takes connections again. */
  mend(): void {
    this.#refusing = false;
  }

  async stop(): Promise<void> {
    this.cut({ refuse: true });
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client: Socket, target: number): void {
    if (this.#refusing) {
      this.refused++;
      client.resetAndDestroy();
      return;
    }
    const server = connect(target, "127.0.0.1");
    client.on("data", (data) => this.garble(data));
    this.#forward(client, server, () => this.silent);
    this.#forward(server, client, () => this.silent || this.answersLost);
  }

  #forward(from: Socket, to: Socket, isLost: () => boolean): void {
    this.#sockets.add(from);
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    from.on("data", (data) => {
      if (isLost()) {
        this.lost++;
        return;
      }
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
