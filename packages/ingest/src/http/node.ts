import type { IncomingMessage, ServerResponse } from "node:http";

/** Anything that answers requests as `fetch` has them; `ingestHandler` makes one. */
export type FetchHandler = (request: Request) => Promise<Response>;

/**
 * Makes a listener for `node:http` and `node:https` of a Fetch handler. The body is read as far as the handler reads it.
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * import type { IngestHandler } from "@alumiini/ingest";
 * import { nodeListener } from "@alumiini/ingest/node";
 *
 * declare const handler: IngestHandler;
 * createServer(nodeListener(handler)).listen(8080);
 * ```
 */
export function nodeListener(handler: FetchHandler): (request: IncomingMessage, response: ServerResponse) => void {
  return (incoming, outgoing) => {
    answer(handler, incoming, outgoing).catch(() => outgoing.destroy());
  };
}

async function answer(handler: FetchHandler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const response = await handler(requestOf(incoming));
  const body = Buffer.from(await response.arrayBuffer());
  outgoing.writeHead(response.status, { ...Object.fromEntries(response.headers), "content-length": body.length });
  outgoing.end(body);
}

function requestOf(incoming: IncomingMessage): Request {
  const { method = "GET", url = "/" } = incoming;
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(incoming.headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  const hasBody = method !== "GET" && method !== "HEAD";
  // The host is the sender's word, and nothing that an address is made of.
  return new Request(new URL(url.startsWith("/") ? url.replace(/^\/+/, "/") : "/", "http://localhost"), {
    method: /^(?:CONNECT|TRACE|TRACK)$/i.test(method) ? "OPTIONS" : method,
    headers,
    ...(hasBody && { body: bodyOf(incoming), duplex: "half" as const }),
  });
}

/** Reads a piece when one is asked for. What is not asked for, `node:http` throws away after the answer. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  const chunks = incoming.iterator({ destroyOnReturn: false });
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await chunks.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
    },
    { highWaterMark: 0 },
  );
}
