import { type Ending, REJECTIONS } from "../intake/counts.js";
import type { Answer } from "./arrival.js";

/** Seconds after which a sender that got 503 may try again. */
const RETRY_AFTER_SECONDS = 5;

/** The answer that says how a delivery ended, as JSON. It repeats nothing of the delivery. */
export function answerOf(ending: Ending): Answer {
  switch (ending.kind) {
    case "accepted":
    case "duplicate":
      return json(200, { accepted: ending.accepted, duplicates: ending.duplicates });
    case "ignored":
      return json(200, { ignored: ending.reason });
    case "rejected": {
      const { reason, path, message } = ending;
      const status = REJECTIONS[reason];
      return json(status, { error: { reason, message, ...(path !== undefined && { path }) } }, headersOf(status));
    }
  }
}

function headersOf(status: number): Record<string, string> {
  if (status === 401) return { "www-authenticate": "Signature" };
  if (status === 405) return { allow: "POST" };
  if (status === 503) return { "retry-after": String(RETRY_AFTER_SECONDS) };
  // The rest of the body is not read.
  return status === 408 || status === 413 ? { connection: "close" } : {};
}

function json(status: number, body: object, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
    body: `${JSON.stringify(body)}\n`,
  };
}
