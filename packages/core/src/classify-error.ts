import type { ErrorType } from "./event.js";
import type { OperationName } from "./taxonomy.js";

/** What is known about an error when it is classified. */
export interface ErrorContext {
  /** The operation that failed. */
  readonly operation: OperationName;
  /** The operation within it that had already failed with the same error. */
  readonly failedChild?: OperationName | undefined;
}

/** Answers the error type, or `undefined` to leave it to the default classification. */
export type ErrorClassifier = (error: unknown, context: ErrorContext) => ErrorType | undefined;

const BY_STATUS: Readonly<Record<string, ErrorType>> = {
  "400": "validation",
  "401": "auth",
  "403": "auth",
  "409": "conflict",
  "422": "validation",
};

/** How far the causes of an error are followed. */
const MAX_CAUSES = 5;

/**
 * The default classification (ADR-004 section 1, subtypes). In this order, of the error or its nearest cause that says:
 * its own `errorType`; a timeout (`git_timeout` where git timed out, else `timeout`); the step of a sync that failed
 * with the same error (`git_error`, `apply_error`); a parse error (`parse_error`); the HTTP status of a Kubernetes API
 * answer (`conflict`, `validation`, `auth`). Anything else is `<operation>_error`.
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
export function classifyError(error: unknown, context: ErrorContext): ErrorType {
  const chain = causes(error);
  const named = first(chain, (link) =>
    typeof link.errorType === "string" && link.errorType ? link.errorType : undefined,
  );
  if (named !== undefined) return named;
  const step = context.failedChild ?? context.operation;
  if (chain.some(isTimeout)) return step === "git" ? "git_timeout" : "timeout";
  if (context.failedChild !== undefined) return `${context.failedChild}_error`;
  if (chain.some(isParseError)) return "parse_error";
  return first(chain, byStatus) ?? `${context.operation}_error`;
}

/** What an error may say of itself; nothing of it is trusted to be there. */
interface ErrorLike {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly status?: unknown;
  readonly statusCode?: unknown;
  readonly errorType?: unknown;
  readonly cause?: unknown;
}

function causes(error: unknown): ErrorLike[] {
  const chain: ErrorLike[] = [];
  let link: unknown = error;
  while (typeof link === "object" && link !== null && chain.length < MAX_CAUSES) {
    const like: ErrorLike = link;
    chain.push(like);
    link = like.cause;
  }
  return chain;
}

function first<T>(chain: readonly ErrorLike[], read: (link: ErrorLike) => T | undefined): T | undefined {
  for (const link of chain) {
    const found = read(link);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isTimeout(link: ErrorLike): boolean {
  return (
    link.name === "TimeoutError" ||
    (typeof link.code === "string" && /TIMEDOUT|TIMEOUT/.test(link.code)) ||
    [link.status, link.statusCode, link.code].some((status) => status === 408 || status === 504)
  );
}

function isParseError(link: ErrorLike): boolean {
  return typeof link.name === "string" && /^(?:YAML|Syntax|.*Parse)/.test(link.name) && link.name.endsWith("Error");
}

function byStatus(link: ErrorLike): ErrorType | undefined {
  for (const status of [link.status, link.statusCode, link.code]) {
    const type = typeof status === "number" ? BY_STATUS[status] : undefined;
    if (type !== undefined) return type;
  }
  return undefined;
}
