import { QueryError } from "../queries/answers/common.js";
import type { TailItem } from "../queries/answers/events.js";

/**
 * A follower's stream of server-sent events. It reads on only when the client has taken what was sent, so a slow client
 * costs no memory; one that is too far behind gets `lost` when it comes back.
 *
 * @param open begins to follow; the signal ends it
 * @param done called once, when the stream has ended
 */
export function serverSentEvents(
  open: (signal: AbortSignal) => AsyncIterable<TailItem>,
  signal: AbortSignal,
  done: () => void,
): ReadableStream<Uint8Array> {
  const ended = new AbortController();
  const encoder = new TextEncoder();
  const items = open(AbortSignal.any([signal, ended.signal]))[Symbol.asyncIterator]();
  let isDone = false;
  const finish = () => {
    if (isDone) return;
    isDone = true;
    ended.abort();
    done();
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      // The headers leave at once, and the browser knows how soon to try again.
      controller.enqueue(encoder.encode("retry: 2000\n\n"));
    },
    async pull(controller) {
      try {
        const next = await items.next();
        if (!next.done) return controller.enqueue(encoder.encode(textOf(next.value)));
        finish();
        controller.close();
      } catch (error) {
        finish();
        const message = error instanceof QueryError ? error.message : "the stream failed; read again what you show";
        controller.enqueue(encoder.encode(`event: error\ndata: ${JSON.stringify({ message })}\n\n`));
        controller.close();
      }
    },
    cancel: finish,
  });
}

function textOf(item: TailItem): string {
  const { kind, id, ...rest } = item;
  const data = item.kind === "event" ? item.event : rest;
  // JSON has no line breaks of its own.
  return `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;
}
