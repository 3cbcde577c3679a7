import { BATCH_CONTENT_TYPE, batchBody, type Message, type SendResult, type Transport } from "@alumiini/delivery";
import type { Fetch, FetchResponse, Receiver } from "./receiver.js";
import { redactResponse } from "./redact-response.js";

/** What the receiver made of one request. */
type Answer = SendResult & { /** A smaller batch may be taken. */ readonly splittable?: boolean };

/** Milliseconds that the body of an answer may take once its status is there: the status is what counts. */
const BODY_PATIENCE_MS = 1000;
/** Bytes of an answer's body that are read. */
const MAX_BODY = 16_384;
/** Characters of it that are shown. */
const MAX_SHOWN = 200;

/** Sends messages one by one, or several in one request in the JSON batch format of CloudEvents. */
export function httpTransport(receiver: Receiver, fetch: Fetch, batched: boolean): Transport {
  async function post(
    contentHeaders: Readonly<Record<string, string>>,
    body: ReturnType<InstanceType<typeof TextEncoder>["encode"]>,
    signal: AbortSignal,
  ): Promise<Answer> {
    let headers: Readonly<Record<string, string>> = {};
    const request = new AbortController();
    const abort = () => request.abort(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    try {
      headers = await receiver.headers();
      const response = await fetch(receiver.url, {
        method: "POST",
        headers: { ...contentHeaders, ...headers },
        body,
        redirect: "manual",
        signal: request.signal,
      });
      const patience = setTimeout(() => request.abort(), BODY_PATIENCE_MS);
      // The connection can be used again once the body has been read. One that breaks off takes nothing back.
      const text = await readStart(response.body).catch(() => "");
      clearTimeout(patience);
      if (response.status >= 200 && response.status < 300) return { status: "delivered" };
      // All of it, and only then cut: a token that is cut off would not be known again.
      const shown = redactResponse(text, receiver.url, headers);
      return judge(response.status, response.headers.get("retry-after"), shown);
    } catch (error) {
      // Without the cause, which may show the credentials.
      return { status: "retry", error: new Error(redactResponse(describe(error), receiver.url, headers)) };
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  async function sendOne(message: Message, signal: AbortSignal): Promise<Answer> {
    return post(message.headers, new Uint8Array(message.body), signal);
  }

  /** A batch is taken or refused as a whole. Halving one that is refused finds the messages that are to blame. */
  async function sendBatch(batch: readonly Message[], signal: AbortSignal): Promise<readonly SendResult[]> {
    const answer = await post({ "content-type": BATCH_CONTENT_TYPE }, batchBody(batch.map(({ body }) => body)), signal);
    if (answer.splittable !== true || batch.length === 1) return batch.map(() => answer);
    const middle = Math.ceil(batch.length / 2);
    const first = await sendBatch(batch.slice(0, middle), signal);
    const stuck = first.find(({ status }) => status === "retry");
    // Nothing may overtake what has to be sent again.
    const rest =
      stuck === undefined ? await sendBatch(batch.slice(middle), signal) : batch.slice(middle).map(() => stuck);
    return [...first, ...rest];
  }

  return {
    async send(batch, signal) {
      if (batched) return sendBatch(batch, signal);
      const results: SendResult[] = [];
      const stuckKeys = new Map<string, SendResult>();
      for (const message of batch) {
        const result = stuckKeys.get(message.key) ?? (await sendOne(message, signal));
        if (result.status === "retry") stuckKeys.set(message.key, result);
        results.push(result);
      }
      return results;
    },
  };
}

async function readStart(body: FetchResponse["body"]): Promise<string> {
  const reader = body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (let size = 0; reader !== undefined; ) {
    const { done, value = new Uint8Array() } = await reader.read();
    text += decoder.decode(value.subarray(0, MAX_BODY), { stream: !done });
    size += value.length;
    if (done) break;
    if (size > MAX_BODY) {
      await reader.cancel();
      break;
    }
  }
  return text;
}

/** What an answer other than a success comes to. */
function judge(status: number, retryAfter: string | null, text: string): Answer {
  const shown = text.replace(/\s+/g, " ").trim().slice(0, MAX_SHOWN);
  const error = new Error(`the receiver answered ${status}${shown === "" ? "" : `: ${shown}`}`);
  if (status === 408 || status === 429 || status >= 500) {
    // Too many requests is nothing that the message did: it never counts against it.
    return { status: "retry", error, retryAfterMs: parseRetryAfter(retryAfter), busy: status === 429 };
  }
  // Bad request, too large, unprocessable: one message of the batch may be to blame.
  return { status: "rejected", error, splittable: status === 400 || status === 413 || status === 422 };
}

/** Seconds or a date (RFC 9110, section 10.2.3), as milliseconds from now; the runtime bounds them. */
function parseRetryAfter(value: string | null): number | undefined {
  const text = value?.trim() ?? "";
  const wait = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return wait > 0 ? wait : undefined;
}

/** `fetch failed` says nothing; its cause does. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return "the request failed";
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  const code: unknown = Reflect.get(cause, "code");
  const detail = cause.message || (typeof code === "string" ? code : "");
  return detail === "" ? error.message : `${error.message}: ${detail}`;
}
