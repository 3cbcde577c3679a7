import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answer, Arrival } from "./arrival.js";
import { type BodyLimits, type BodyRead, type BodyResult, concat } from "./body.js";

/** Anything that answers requests as `fetch` has them. */
export type FetchHandler = (request: Request) => Promise<Response>;

/** What answers without a `Request`: what `ingestHandler` makes. */
export interface ArrivalHandler {
  answer(arrival: Arrival): Promise<Answer>;
}

/**
 * Makes a listener for `node:http` and `node:https` of a handler. The body is read as far as the handler reads it.
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
export function nodeListener(
  handler: FetchHandler | ArrivalHandler,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (incoming, outgoing) => {
    const answered =
      "answer" in handler ? answerArrival(handler, incoming, outgoing) : answerRequest(handler, incoming, outgoing);
    answered.catch(() => outgoing.destroy());
  };
}

async function answerArrival(
  handler: ArrivalHandler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const { status, headers, body } = await handler.answer({
    method: incoming.method ?? "GET",
    url: urlOf(incoming),
    // Of several headers of one name, as `Headers` has them.
    headers: { get: (name) => incoming.headersDistinct[name.toLowerCase()]?.join(", ") ?? null },
    readBody: (limits) => readBody(incoming, limits),
  });
  outgoing.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) }).end(body);
}

async function answerRequest(
  handler: FetchHandler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const response = await handler(requestOf(incoming));
  const body = Buffer.from(await response.arrayBuffer());
  outgoing.writeHead(response.status, { ...Object.fromEntries(response.headers), "content-length": body.length });
  outgoing.end(body);
}

/** Where there is nothing to normalize, which takes time. */
const NORMAL = /^(?:\/[\w-]+)+$/;

function urlOf({ url = "/" }: IncomingMessage): string {
  if (NORMAL.test(url)) return url;
  // The host is whatever the sender claims: no address is built from it.
  return new URL(url.startsWith("/") ? url.replace(/^\/+/, "/") : "/", "http://localhost").href;
}

/** Reads a body whole, within its limits. What comes after that is thrown away. */
function readBody(incoming: IncomingMessage, { maxBytes, timeoutMs, budget }: BodyLimits): Promise<BodyRead> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    const end = (result: BodyResult): void => {
      clearTimeout(timer);
      incoming.off("data", take).off("end", whole).off("close", broken);
      incoming.resume();
      resolve({ result, release: () => budget.give(bytes) });
    };
    const take = (chunk: Uint8Array): void => {
      if (bytes + chunk.length > maxBytes) end("too_large");
      else if (!budget.take(chunk.length)) end("full");
      else {
        bytes += chunk.length;
        chunks.push(chunk);
      }
    };
    const whole = (): void => end(concat(chunks, bytes));
    const broken = (): void => end("incomplete");
    const timer = setTimeout(() => end("timeout"), timeoutMs);
    if (Number(incoming.headers["content-length"] ?? 0) > maxBytes) end("too_large");
    else incoming.on("data", take).once("end", whole).once("close", broken);
  });
}

function requestOf(incoming: IncomingMessage): Request {
  const { method = "GET" } = incoming;
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(incoming.headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  const hasBody = method !== "GET" && method !== "HEAD";
  return new Request(new URL(urlOf(incoming), "http://localhost"), {
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
