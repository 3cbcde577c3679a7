import type { IncomingMessage, ServerResponse } from "node:http";

/** What `createServer` of `node:http` takes. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Turns a Fetch handler into one of `node:http`. */
export function nodeHandler(handle: (request: Request) => Promise<Response>): NodeHandler {
  return (incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.once("close", () => gone.abort());
    respond(handle, incoming, outgoing, gone.signal).catch(() => {
      // The client has gone in the middle, or its request is no HTTP that can be read.
      if (!outgoing.headersSent) outgoing.writeHead(400, { "content-type": "text/plain" });
      outgoing.end();
    });
  };
}

async function respond(
  handle: (request: Request) => Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  // Who asks is no part of any answer: a host name that is not one must not fail the request.
  const url = new URL(incoming.url ?? "/", "http://localhost");
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    for (const each of Array.isArray(value) ? value : [value]) if (each !== undefined) headers.append(name, each);
  }
  // A body is of no use here, and is not read.
  incoming.resume();
  const response = await handle(new Request(url, { method: incoming.method ?? "GET", headers, signal }));
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (incoming.method === "HEAD" || response.body === null) {
    await response.body?.cancel();
    outgoing.end();
    return;
  }
  outgoing.flushHeaders();
  const reader = response.body.getReader();
  signal.addEventListener("abort", () => void reader.cancel().catch(() => {}), { once: true });
  for (;;) {
    const { done, value } = await reader.read();
    if (done || signal.aborted) break;
    if (!outgoing.write(value)) await drained(outgoing, signal);
  }
  outgoing.end();
}

async function drained(outgoing: ServerResponse, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    outgoing.once("drain", resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
