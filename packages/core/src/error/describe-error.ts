import { readProperty } from "../adapter/read-property.js";
import { LIMITS } from "../event/limits.js";
import { redactStart } from "../redact/redact.js";
import { attempt, causesOf, httpStatusOf, innerErrorsOf, isError, isObject, textProperty } from "./error-links.js";

/** An error as data: bounded and without credentials. */
export interface ErrorDetails {
  /** The class, such as `TypeError`; the type of what was thrown where it is no error. At most 256 characters. */
  readonly type: string;
  /** The message with those of its causes and inner errors: `sync failed: fetch failed: connect ECONNREFUSED …`. */
  readonly message: string;
  /** The code, such as `ECONNREFUSED`. At most 256 characters. */
  readonly code?: string;
  /** The HTTP status of the answer that the error is about: 400 to 599. */
  readonly status?: number;
  /** The stack of the error, and of its causes under `Caused by:`. At most 8,192 characters. */
  readonly stack?: string;
  /** The direct cause. Causes are followed 8 deep. */
  readonly cause?: ErrorDetails;
}

/** Inner errors that are shown; the others are counted. */
const MAX_INNER = 5;
const MAX_DEPTH = 8;
/** Characters read of one message; the whole is cut to {@link LIMITS}`.message`. */
const MAX_PART = 10_000;
/** Characters of what {@link describeError} returns. */
const MAX_LINE = 2000;

/** What an error says, with its causes; see {@link ErrorDetails}`.message`. Never throws, whatever was thrown. */
export function messageOf(error: unknown): string {
  return redactStart(rawMessage(error), LIMITS.message, "text");
}

/** What an error says, with its class, on one line of at most 2,000 characters and without credentials. Never throws. */
export function describeError(error: unknown): string {
  const message = rawMessage(error);
  const type = isObject(error) ? typeOf(error) : "";
  const isTold = type === "" || type === "Object" || message.startsWith(type);
  return redactStart((isTold ? message : `${type}: ${message}`).replace(/\s+/g, " "), MAX_LINE, "text");
}

/** Returns the error as data, for adapters that have fields for class, stack and cause. Never throws. */
export function errorDetails(error: unknown): ErrorDetails {
  return detailsAt(error, 0, new Set());
}

function detailsAt(error: unknown, depth: number, seen: Set<unknown>): ErrorDetails {
  const message = messageOf(error);
  if (!isObject(error)) return { type: error === null ? "null" : typeof error, message };
  seen.add(error);
  const code = readProperty(error, "code");
  const status = httpStatusOf(error);
  const stack = rawStack(error);
  const [cause] = causesOf(error);
  return {
    type: redactStart(typeOf(error), LIMITS.identifier, "url") || "Error",
    message,
    ...(typeof code === "string" && code !== "" && { code: redactStart(code, LIMITS.identifier, "url") }),
    ...(status !== undefined && { status }),
    ...(stack !== "" && { stack: redactStart(stack, LIMITS.message, "text") }),
    ...(cause !== undefined && depth < MAX_DEPTH && !seen.has(cause) && { cause: detailsAt(cause, depth + 1, seen) }),
  };
}

/** The class: its name as the error gives it, else that of its constructor. */
function typeOf(error: object): string {
  const name = textProperty(error, "name");
  if (name !== undefined && name !== "Error" && typeof error !== "function") return name.slice(0, MAX_PART);
  return (textProperty(readProperty(error, "constructor"), "name") ?? name ?? "").slice(0, MAX_PART);
}

function rawStack(error: object): string {
  const parts: string[] = [];
  const seen = new Set<unknown>();
  for (
    let link: unknown = error;
    isObject(link) && !seen.has(link) && parts.length < MAX_DEPTH;
    [link] = causesOf(link)
  ) {
    seen.add(link);
    const stack = textProperty(link, "stack");
    if (stack !== undefined) parts.push(stack.slice(0, MAX_PART));
  }
  return parts.join("\nCaused by: ");
}

function rawMessage(error: unknown): string {
  return messageAt(error, 0, new Set()) || "no reason given";
}

/** The message of the error and those of its causes that it does not repeat already. */
function messageAt(error: unknown, depth: number, seen: Set<unknown>): string {
  if (error === undefined || error === null || error === "") return "";
  if (!isObject(error)) return String(error).slice(0, MAX_PART);
  if (seen.has(error) || depth > MAX_DEPTH) return "";
  seen.add(error);
  const own = ownMessage(error);
  const inner = innerErrorsOf(error);
  const told = inner.slice(0, MAX_INNER).map((one) => messageAt(one, depth + 1, seen));
  if (inner.length > MAX_INNER) told.push(`${inner.length - MAX_INNER} more`);
  const further = [told.filter((text) => text !== "" && !own.includes(text)).join("; ")];
  for (const cause of causesOf(error)) further.push(messageAt(cause, depth + 1, seen));
  const parts = [own, ...further.filter((text) => text !== "" && !own.includes(text))].filter((text) => text !== "");
  // An error without a message is described by what it holds, or else by its name.
  return parts.length > 0 ? parts.join(": ").slice(0, 2 * MAX_PART) : fallback(error);
}

/** What the error itself says, with the status of the answer and the signal that it does not mention. */
function ownMessage(error: object): string {
  const given = textProperty(error, "message")?.slice(0, MAX_PART);
  const answer = answerOf(error);
  // Kubernetes' client puts the whole answer into the message, with all of its headers.
  const [, summary] = /^HTTP-Code: \d{3}\nMessage: ([^\n]+)/.exec(given ?? "") ?? [];
  const message = summary === undefined ? given : answer === undefined ? summary : undefined;
  const parts = [message, answer !== undefined && !message?.includes(answer) ? answer : undefined];
  let text = parts.filter((part) => part !== undefined).join(": ");
  const code = readProperty(error, "code");
  // System errors say their code in the message; others may say nothing but `fetch failed`.
  if (text === "" && typeof code === "string") text = code.slice(0, MAX_PART);
  const status = httpStatusOf(error);
  if (text !== "" && status !== undefined && !text.includes(String(status))) text += ` (HTTP ${status})`;
  const signal = textProperty(error, "signal");
  if (text !== "" && signal !== undefined && !text.includes(signal)) text += ` (killed by ${signal.slice(0, 32)})`;
  return text;
}

/** Names under which objects that are no errors, and the bodies of answers, say what went wrong. */
const REASONS = ["message", "error_description", "detail", "reason", "title", "description", "statusText", "error"];

/** What the answer of a server says: a Kubernetes status, an OAuth error, a problem of RFC 9457. */
function answerOf(error: object): string | undefined {
  const bodies = [readProperty(readProperty(error, "response"), "data"), readProperty(error, "body")];
  for (const body of [...bodies, isError(error) ? undefined : error]) {
    const parsed = parseBody(body);
    if (!isObject(parsed)) continue;
    for (const name of REASONS) {
      const text = textProperty(parsed, name) ?? textProperty(readProperty(parsed, name), "message");
      if (text !== undefined) return text.slice(0, MAX_PART);
    }
  }
  return undefined;
}

function parseBody(body: unknown): unknown {
  if (typeof body !== "string" || body.length > 65_536 || !body.startsWith("{")) return body;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Fields that describe an object without a message. */
const MAX_FIELDS = 8;

function fallback(error: object): string {
  const type = typeOf(error);
  const status = httpStatusOf(error);
  if (status !== undefined) return `HTTP ${status}`;
  if (type !== "" && type !== "Object" && type !== "Array" && typeof error !== "function") return type;
  const fields: string[] = [];
  for (const name of attempt(() => Object.keys(error), []).slice(0, MAX_FIELDS)) {
    const value = readProperty(error, name);
    if (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol") {
      fields.push(`${name.slice(0, 100)}=${JSON.stringify(String(value).slice(0, 500))}`);
    }
  }
  return fields.join(", ");
}
