import { readProperty } from "../adapter/read-property.js";
import type { OperationName } from "../event/taxonomy.js";
import { CANCELLED, type ErrorType } from "../event/vocabulary.js";
import { httpStatusOf, linksOf, textProperty } from "./error-links.js";

/** What is known about an error when it is classified. */
export interface ErrorContext {
  /** The operation that failed. */
  readonly operation: OperationName;
  /** The operation within it that had already failed with the same error. */
  readonly failedChild?: OperationName | undefined;
}

/** Returns the error type, or `undefined` to leave it to the default classification. */
export type ErrorClassifier = (error: unknown, context: ErrorContext) => ErrorType | undefined;

/** HTTP statuses that say what went wrong. */
const BY_STATUS: Readonly<Record<number, ErrorType>> = {
  400: "validation",
  401: "auth",
  403: "auth",
  407: "auth",
  408: "timeout",
  409: "conflict",
  412: "conflict",
  422: "validation",
  429: "rate_limited",
  499: CANCELLED,
  504: "timeout",
  524: "timeout",
};

/** What the names and codes of errors say: of Node, of HTTP clients, of SDKs, of git. The first that fits counts. */
const BY_NAME: readonly (readonly [RegExp, ErrorType])[] = [
  [/time(?:d|_)?_?out(?!.*cancell?ed)|deadline_?exceeded|ECONNABORTED|TIMEDOUT/i, "timeout"],
  [/abort(?!ed_by_server)|cancell?ed|\bcancel\b/i, CANCELLED],
  [/YAML|Syntax|Parse(?!r?Options)/, "parse_error"],
  [/throttl|too_?many_?requests|rate_?limit|slow_?down|RESOURCE_EXHAUSTED/i, "rate_limited"],
  [
    /unauthori[sz]ed|unauthenticated|forbidden|access_?denied|authentication|expired_?token|permission_?denied/i,
    "auth",
  ],
  [/conflict|already_?exists|precondition_?failed|push_?rejected/i, "conflict"],
  [/validation|zod_?error|invalid_?argument|bad_?request|unprocessable/i, "validation"],
];

/** What git and ssh say: they use the same exit code for all failures. */
const BY_GIT_MESSAGE: readonly (readonly [RegExp, ErrorType])[] = [
  [/timed? ?out|block timeout reached/i, "timeout"],
  [
    /authentication failed|could not read (?:username|password)|permission denied|access denied|invalid credentials|returned error: 40[13]|host key verification failed|terminal prompts disabled/i,
    "auth",
  ],
  [/returned error: (?:408|504)/i, "timeout"],
  [/returned error: 429/i, "rate_limited"],
  [/automatic merge failed|merge conflict|non-fast-forward|\[rejected\]/i, "conflict"],
];

/**
 * The default classification (ADR-004 section 1, subtypes). It looks at the error and at its causes and inner errors,
 * the nearest first. The first of these that one of them says: its own `errorType`; a timeout (`git_timeout` where git
 * timed out, else `timeout`), also of a child process that was killed; an abort (`cancelled`); the step of a sync that
 * failed with the same error (`git_error`, `apply_error`); a parse error (`parse_error`); the HTTP status of an answer, or
 * what the error's name, code or reason says (`conflict`, `validation`, `auth`, `rate_limited`). Anything else is
 * `<operation>_error`. An abort with a timeout as its cause is a timeout; among several inner errors, aborts count only
 * where all are aborts.
 *
 * @example
 * ```ts
 * import { createTelemetry } from "@alumiini/core";
 *
 * class QuotaError extends Error {}
 * createTelemetry({
 *   clusterId: "prod-us-east",
 *   classifyError: (error) => (error instanceof QuotaError ? "quota" : undefined),
 * });
 * ```
 */
export function classifyError(error: unknown, { operation, failedChild }: ErrorContext): ErrorType {
  const step = failedChild ?? operation;
  const links = linksOf(error);
  const types = links.map((link) => classifyLink(link.error, step));
  const inner = types.filter((_, index) => links[index]?.isInner);
  const isWhollyCancelled = !inner.some((type) => type !== undefined && type !== CANCELLED);
  let cancelled = false;
  for (const [index, type] of types.entries()) {
    if (type === undefined) continue;
    // A sync failed as its step did. What ended that step is a part of its own event.
    if (type === CANCELLED) cancelled ||= isWhollyCancelled || !links[index]?.isInner;
    else if (cancelled ? type.endsWith("timeout") : failedChild === undefined || type.endsWith("timeout")) return type;
  }
  return cancelled ? CANCELLED : `${step}_error`;
}

function classifyLink(error: object, step: OperationName): ErrorType | undefined {
  const errorType = textProperty(error, "errorType");
  if (errorType !== undefined) return errorType;
  const type = byNature(error, step);
  return type === "timeout" && step === "git" ? "git_timeout" : type;
}

function byNature(error: object, step: OperationName): ErrorType | undefined {
  const words = ["name", "code", "reason", "type"].map((name) => textProperty(error, name)?.slice(0, 200));
  const body = readProperty(error, "body");
  const said = [...words, textProperty(body, "reason")].filter((word) => word !== undefined).join(" ");
  const named = BY_NAME.find(([pattern]) => pattern.test(said))?.[1];
  if (named === "timeout" || named === CANCELLED) return named;
  // `killed`: by the caller's timeout. A process that got a signal from elsewhere only has the signal.
  if (readProperty(error, "killed") === true || readProperty(error, "timedOut") === true) return "timeout";
  const status = httpStatusOf(error);
  const byStatus = status === undefined ? undefined : BY_STATUS[status];
  if (byStatus !== undefined || named !== undefined) return byStatus ?? named;
  const message = textProperty(error, "message")?.slice(0, 10_000);
  if (step !== "git" || message === undefined) return undefined;
  return BY_GIT_MESSAGE.find(([pattern]) => pattern.test(message))?.[1];
}
