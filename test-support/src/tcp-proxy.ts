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
  /** What clients send that matches is spoilt: the last byte of each match becomes a zero. A global expression. */
  spoils: RegExp | undefined;
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
  restore(): void {
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
    const spoil = spoiler();
    client.on("data", (data) => {
      if (this.spoils !== undefined) spoil(data, this.spoils);
    });
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

/** Bytes of a match that may have come with the data before. */
const MOST_BYTES_BEFORE = 64;

/** Spoils the data of one connection, in place. */
function spoiler() {
  let before = "";
  return (data: Buffer, spoils: RegExp) => {
    const text = before + data.toString("latin1");
    for (const { 0: match, index } of text.matchAll(spoils)) {
      const last = index + match.length - 1 - before.length;
      if (last >= 0) data[last] = 0;
    }
    before = text.slice(-MOST_BYTES_BEFORE);
  };
}
