import { createSink, type DeliveryOptions, eventMessages, type Message, type Sink } from "../src/index.js";

/** Sends events to a URL that takes them line by line (NDJSON): one request for each batch. */
export function linesSink(url: string, options: DeliveryOptions = {}): Sink {
  const headers = { "content-type": "application/x-ndjson" };

  async function send(batch: readonly Message[], signal: AbortSignal) {
    const body = batch.map((message) => new TextDecoder().decode(message.body)).join("\n");
    const response = await fetch(url, { method: "POST", headers, body, signal });
    await response.body?.cancel();
    return batch.map(() => resultOf(response));
  }

  return createSink({ name: "lines", ...options, transport: { send }, messages: eventMessages() });
}

function resultOf({ ok, status, headers }: Response) {
  if (ok) return { status: "delivered" as const };
  const error = new Error(`HTTP ${status}`);
  // What the receiver will never take must not come again; everything else may.
  const forGood = status >= 400 && status < 500 && status !== 408 && status !== 429;
  if (forGood) return { status: "rejected" as const, error };
  return { status: "retry" as const, error, retryAfterMs: 1000 * Number(headers.get("retry-after") ?? 0) };
}
