import type { ErrorType } from "./event.js";
import type { OperationName } from "./taxonomy.js";

/** What is known about an error when it is classified. */
export interface ErrorContext {
  /** The operation that failed. */
  readonly operation: OperationName;
  /** The operation within it that already failed with the same error. */
  readonly failedChild?: OperationName | undefined;
}

/** Answers the error type, or `undefined` to leave it to the default classification. */
export type ErrorClassifier = (error: unknown, context: ErrorContext) => ErrorType | undefined;
