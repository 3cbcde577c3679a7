import { readProperty } from "@alumiini/core/adapter";
import type { Message, SendResult } from "@alumiini/delivery";
import type { BatchAttempt } from "./batch-attempt.js";
import type { NatsMessage } from "./client.js";

/** Attempts that timed out and whose acknowledgements are still welcome, at most. */
const MAX_OVERDUE_ATTEMPTS = 16;
/** Messages acknowledged too late for their attempt and not sent again since, at most. */
const MAX_LATE = 10_000;

/**
 * Gives messages their results as acknowledgements come, each on a reply subject of its own under one subscription.
 * The clients' `js.publish` makes an error, a timer and several promises for every message; this makes none.
 */
export class AckInbox {
  readonly #stream: string | undefined;
  /** By the number in their reply subjects, oldest first. Those that are over have timed out. */
  readonly #attempts = new Map<number, BatchAttempt>();
  /** Ids of messages whose acknowledgement came after their attempt. */
  readonly #late = new Set<string>();
  #prefix = "";
  #next = 0;
  /** The last acknowledgement of a stored message, up to the number that ends it. */
  #usual: Uint8Array | undefined;

  constructor(stream: string | undefined) {
    this.#stream = stream;
  }

  /** What to subscribe to. */
  get subject(): string {
    return `${this.#prefix}>`;
  }

  /** Starts anew under other reply subjects. */
  open(prefix: string): void {
    this.#prefix = `${prefix}.${crypto.randomUUID().replaceAll("-", "")}.`;
  }

  /** Expects acknowledgements for an attempt. Returns what its reply subjects begin with; they end with the index. */
  expect(attempt: BatchAttempt): string {
    const number = this.#next++;
    this.#attempts.set(number, attempt);
    // Those that have all their results the usual way never go through `take` again.
    void attempt.results.then(() => {
      if (!attempt.timedOut) this.#attempts.delete(number);
    });
    return `${this.#prefix}${number}.`;
  }

  /**
   * Settles the messages whose acknowledgement came too late for an earlier attempt. On a link so slow that every
   * attempt times out, this is how messages get through.
   */
  settleAcknowledged(attempt: BatchAttempt): void {
    if (this.#late.size === 0) return;
    for (const [index, { id }] of attempt.batch.entries()) {
      if (this.#late.delete(id)) attempt.settle(index, { status: "delivered" });
    }
  }

  /** Takes what came to a reply subject. */
  take(reply: NatsMessage): void {
    const { subject } = reply;
    const dot = subject.indexOf(".", this.#prefix.length);
    const attempt = this.#attempts.get(digits(subject, this.#prefix.length, dot));
    const index = digits(subject, dot + 1, subject.length);
    const message = attempt?.batch[index];
    if (attempt === undefined || message === undefined) return;
    const result = this.#read(reply, message);
    if (!attempt.timedOut) attempt.settle(index, result);
    else if (result.status === "delivered") {
      if (this.#late.size === MAX_LATE) this.#late.clear();
      this.#late.add(message.id);
    }
  }

  #read(reply: NatsMessage, { destination }: Message): SendResult {
    const { data } = reply;
    if (this.#usual !== undefined && differsInLastNumber(data, this.#usual)) return DELIVERED;
    const result = readAcknowledgement(reply, destination, this.#stream);
    if (result.status === "delivered") this.#usual = beforeLastNumber(data);
    return result;
  }

  /** The time of an attempt is over: what has no result is to be sent again. */
  timeOut(attempt: BatchAttempt, error: Error): void {
    attempt.timedOut = true;
    attempt.leave(error);
    const overdue = [...this.#attempts].filter(([, other]) => other.timedOut);
    for (const [number] of overdue.slice(0, -MAX_OVERDUE_ATTEMPTS)) this.#attempts.delete(number);
  }

  /** No acknowledgement will come for anything that was sent so far: all of it is to be sent again. */
  interrupt(error: Error): void {
    const attempts = [...this.#attempts.values()];
    this.#attempts.clear();
    for (const attempt of attempts) attempt.leave(error);
  }

  /** The server refused what was published on a subject. */
  deny(subject: string, error: Error): void {
    for (const attempt of this.#attempts.values()) attempt.leaveSubject(subject, error);
  }
}

/** Parses decimal digits; other text yields a number that matches no attempt. */
function digits(text: string, from: number, to: number): number {
  let number = 0;
  for (let index = from; index < to; index++) number = number * 10 + text.charCodeAt(index) - 48;
  return number;
}

const ZERO = 0x30;
const NINE = 0x39;
const CLOSING_BRACE = 0x7d;

/**
 * Whether JSON text is the same as another but for the number that ends it. It says the same then, of another position in
 * the stream, and need not be parsed.
 */
function differsInLastNumber(data: Uint8Array, beforeNumber: Uint8Array): boolean {
  const { length } = beforeNumber;
  const end = data.length - 1;
  if (length >= end || data[end] !== CLOSING_BRACE) return false;
  for (let index = 0; index < length; index++) if (data[index] !== beforeNumber[index]) return false;
  for (let index = length; index < end; index++) if (!isDigit(data[index])) return false;
  return true;
}

/** JSON text up to the number that ends it, in a copy; `undefined` where it ends with anything else. */
function beforeLastNumber(data: Uint8Array): Uint8Array | undefined {
  const end = data.length - 1;
  let start = end;
  while (start > 0 && isDigit(data[start - 1])) start--;
  return start < end && data[end] === CLOSING_BRACE ? data.slice(0, start) : undefined;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

const DELIVERED: SendResult = { status: "delivered" };
const decoder = new TextDecoder();

/** JetStream errors after which no attempt with the same message will ever succeed: body or headers too large. */
const HOPELESS = new Set([10054, 10097]);
const WRONG_STREAM = 10060;
const STORE_FAILED = 10077;
/** JetStream errors that are no message's fault: the account, memory or disk is used up, unavailable, too many requests. */
const BUSY = new Set([10002, 10008, 10023, 10028, 10047, 10167]);

/** Makes the result of a message from what came to its reply subject. What is no acknowledgement says so. */
export function readAcknowledgement(reply: NatsMessage, subject: string, stream: string | undefined): SendResult {
  if (reply.data.length === 0) {
    if (reply.headers?.code === 503) return { status: "retry", error: noStreamError(subject, stream) };
    return retry(`the responder on ${subject} is not JetStream`);
  }
  const answer = parse(decoder.decode(reply.data));
  const error = readProperty(answer, "error");
  if (error === undefined) {
    if (typeof readProperty(answer, "stream") === "string" && typeof readProperty(answer, "seq") === "number")
      return DELIVERED;
    return retry(`the responder on ${subject} is not JetStream`);
  }
  return refused(Number(readProperty(error, "err_code")), String(readProperty(error, "description")), subject, stream);
}

function refused(code: number, description: string, subject: string, stream: string | undefined): SendResult {
  const said = `${description} (${code})`;
  if (HOPELESS.has(code)) {
    return { status: "rejected", error: new Error(`JetStream refuses the message for its size: ${said}`) };
  }
  if (code === WRONG_STREAM) {
    return { status: "retry", error: wrongStreamError(subject, stream) };
  }
  if (code === STORE_FAILED) return retry(`the stream of ${subject} takes no more: ${said}; raise its limits`, true);
  return retry(`JetStream refused a message on ${subject}: ${said}`, BUSY.has(code));
}

/** That the subject belongs to another stream, and what to do about it. */
export function wrongStreamError(subject: string, stream: string | undefined): Error {
  return new Error(`${subject} belongs to another stream than ${stream}: correct \`stream\` or the streams' subjects`);
}

/** That no stream takes the subject, and what to do about it. */
export function noStreamError(subject: string, stream: string | undefined): Error {
  const which = stream === undefined ? "no stream" : `stream ${stream} is not there or does not`;
  return new Error(
    `${which} take${stream === undefined ? "s" : ""} ${subject}, or JetStream is unavailable: create one with ensureStream`,
  );
}

function retry(message: string, busy = false): SendResult {
  return { status: "retry", error: new Error(message), busy };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // It is then no acknowledgement, and reported as such.
  }
}
