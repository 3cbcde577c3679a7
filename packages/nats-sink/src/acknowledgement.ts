import type { SendResult } from "@alumiini/delivery";
import { type NatsMessage, property } from "./client.js";

const DELIVERED: SendResult = { status: "delivered" };
const decoder = new TextDecoder();

/** JetStream errors after which no attempt with the same message will ever succeed: body or headers too large. */
const HOPELESS = new Set([10054, 10097]);
const WRONG_STREAM = 10060;
const STORE_FAILED = 10077;

/** Makes the result of a message from what came to its reply subject. What is no acknowledgement says so. */
export function readAcknowledgement(reply: NatsMessage, subject: string, stream: string | undefined): SendResult {
  if (reply.data.length === 0) {
    if (reply.headers?.code === 503) return retry(noStream(subject, stream));
    return retry(`something that is no JetStream answers on ${subject}`);
  }
  const answer = parse(decoder.decode(reply.data));
  const error = property(answer, "error");
  if (error === undefined) {
    if (typeof property(answer, "stream") === "string" && typeof property(answer, "seq") === "number") return DELIVERED;
    return retry(`something that is no JetStream answers on ${subject}`);
  }
  return refused(Number(property(error, "err_code")), String(property(error, "description")), subject, stream);
}

function refused(code: number, description: string, subject: string, stream: string | undefined): SendResult {
  const said = `${description} (${code})`;
  if (HOPELESS.has(code)) {
    return { status: "rejected", error: new Error(`JetStream refuses the message for its size: ${said}`) };
  }
  if (code === WRONG_STREAM) {
    return retry(`${subject} belongs to another stream than ${stream}: correct \`stream\` or the streams' subjects`);
  }
  if (code === STORE_FAILED) return retry(`the stream of ${subject} takes no more: ${said}; raise its limits`);
  return retry(`JetStream refused a message on ${subject}: ${said}`);
}

function noStream(subject: string, stream: string | undefined): string {
  const which = stream === undefined ? "no stream" : `stream ${stream} is not there or does not`;
  return `${which} take${stream === undefined ? "s" : ""} ${subject}, or JetStream is unavailable: create one with ensureStream`;
}

function retry(message: string): SendResult {
  return { status: "retry", error: new Error(message) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // It is then no acknowledgement, and reported as such.
  }
}
