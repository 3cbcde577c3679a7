import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** A request as it arrived. */
export interface ReceivedRequest {
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Answers a request, the nth from 0 on. */
export type Behaviour = (
  request: ReceivedRequest,
  response: ServerResponse,
  details: { readonly index: number; readonly socket: Socket },
) => void;

/** A receiver of events on a port of its own. */
export interface TestReceiver {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** How many connections were opened. */
  readonly connections: number;
  stop(): Promise<void>;
}

/** Answers every request with 204. */
export const accept: Behaviour = (_request, response) => void response.writeHead(204).end();

/** Starts a receiver that behaves so. */
export async function startReceiver(behave: Behaviour): Promise<TestReceiver> {
  const requests: ReceivedRequest[] = [];
  let connections = 0;
  const server = createServer(async (incoming, response) => {
    let body = "";
    for await (const chunk of incoming.setEncoding("utf8")) body += chunk;
    const request = { headers: incoming.headers, body };
    const index = requests.push(request) - 1;
    behave(request, response, { index, socket: incoming.socket });
  });
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the receiver has no port");
  return {
    url: `http://127.0.0.1:${address.port}/events`,
    requests,
    get connections() {
      return connections;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
