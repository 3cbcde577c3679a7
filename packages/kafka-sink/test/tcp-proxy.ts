import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Forwards connections to a port of this machine, and disturbs them. */
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

  private constructor(server: Server, target: number) {
    const { port } = server.address() as AddressInfo;
    this.port = port;
    this.#server = server;
    server.on("connection", (client) => {
      const upstream = connect(target, "127.0.0.1");
      this.#pipe(client, upstream, () => this.silent);
      this.#pipe(upstream, client, () => this.silent || this.answersLost);
    });
  }

  static async start(target: number): Promise<TcpProxy> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new TcpProxy(server, target);
  }

  /** Resets every connection, with whatever is under way in it. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pipe(from: Socket, to: Socket, isLost: () => boolean): void {
    this.#sockets.add(from);
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    from.on("data", (data) => {
      if (isLost()) return;
      if (this.delayMs === 0) {
        to.write(data);
        return;
      }
      // One piece at a time keeps them in order.
      from.pause();
      setTimeout(() => {
        if (!to.destroyed) to.write(data);
        from.resume();
      }, this.delayMs);
    });
  }
}
