import type { OperationName } from "../event/taxonomy.js";
import type { ErrorType } from "../event/vocabulary.js";

/** What is known about an error when it is classified. */
export interface ErrorContext {
  /** The operation that failed. */
  readonly operation: OperationName;
  /** The operation within it that had already failed with the same error. */
  readonly failedChild?: OperationName | undefined;
}

/** Answers the error type, or `undefined` to leave it to the default classification. */
export type ErrorClassifier = (error: unknown, context: ErrorContext) => ErrorType | undefined;

/** What an error may say of itself; nothing of it is trusted to be there. */
type ErrorLike = Partial<Record<"name" | "code" | "status" | "statusCode" | "errorType" | "cause", unknown>>;

/** HTTP statuses of a Kubernetes API answer. */
const BY_STATUS: Readonly<Record<number, ErrorType>> = {
  400: "validation",
  401: "auth",
  403: "auth",
  409: "conflict",
  422: "validation",
};

/** How far the causes of an error are followed. */
const MAX_CAUSES = 5;

/**
 * The default classification (ADR-004 section 1, subtypes). The first of these that the error or one of its causes
 * says, the nearest first: its own `errorType`; a timeout (`git_timeout` where git timed out, else `timeout`); the step
 * of a sync that failed with the same error (`git_error`, `apply_error`); a parse error (`parse_error`); the HTTP
 * status of a Kubernetes API answer (`conflict`, `validation`, `auth`). Anything else is `<operation>_error`.
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
  let link = error;
  for (let depth = 0; depth < MAX_CAUSES && typeof link === "object" && link !== null; depth++) {
    const type = classifyLink(link, failedChild ?? operation);
    if (type !== undefined && (failedChild === undefined || /timeout/.test(type))) return type;
    link = (link as ErrorLike).cause;
  }
  return `${failedChild ?? operation}_error`;
}

function classifyLink(
  { errorType, name, code, status, statusCode }: ErrorLike,
  step: OperationName,
): ErrorType | undefined {
  if (errorType && typeof errorType === "string") return errorType;
  if (/timed?out/i.test(`${name} ${code}`)) return step === "git" ? "git_timeout" : "timeout";
  if (/YAML|Syntax|Parse/.test(String(name))) return "parse_error";
  for (const value of [status, statusCode, code]) {
    const type = typeof value === "number" ? BY_STATUS[value] : undefined;
    if (type !== undefined) return type;
  }
  return undefined;
}
