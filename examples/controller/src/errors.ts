import { CANCELLED, type ErrorClassifier, type ErrorType } from "@alumiini/core";

/** A file or object that a sync failed on. */
export interface Problem {
  /** Path inside the repository. */
  readonly file: string;
  readonly message: string;
}

/**
 * What a sync is expected to fail with now and then: the repository, the manifests or the cluster is at fault. The
 * worker reports it and goes on. Any other error is a fault of the controller and crashes the worker.
 */
export class SyncError extends Error {
  override readonly name: string = "SyncError";
  readonly errorType: ErrorType;

  constructor(errorType: ErrorType, message: string) {
    super(message);
    this.errorType = errorType;
  }
}

/** The remote could not be cloned, fetched or read. */
export class GitError extends SyncError {
  override readonly name = "GitError";

  constructor(message: string, errorType: "git_error" | "git_timeout" | "auth" = "git_error") {
    super(errorType, message);
  }
}

/** Manifests that cannot be read: all of them, so that one look at the log is enough. */
export class ManifestError extends SyncError {
  override readonly name = "ManifestError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super("parse_error", describe(problems));
    this.problems = problems;
  }
}

/** The cluster refused the objects, or could not be reached. */
export class ApplyError extends SyncError {
  override readonly name = "ApplyError";
  readonly problems: readonly Problem[];

  constructor(errorType: "conflict" | "validation" | "auth" | "timeout" | "apply_error", message: string);
  constructor(errorType: "conflict" | "validation", problems: readonly Problem[]);
  constructor(errorType: ErrorType, reason: string | readonly Problem[]) {
    super(errorType, typeof reason === "string" ? reason : describe(reason));
    this.problems = typeof reason === "string" ? [] : reason;
  }
}

/** The controller stopped before the sync was done: telemetry says cancelled, which is no failure. */
export class AbortedError extends SyncError {
  override readonly name = "AbortedError";

  constructor() {
    super(CANCELLED, "the controller stopped before the sync was done");
  }
}

const PROBLEMS_SHOWN = 5;

function describe(problems: readonly Problem[]): string {
  const shown = problems.slice(0, PROBLEMS_SHOWN).map(({ file, message }) => `${file}: ${message}`);
  const hidden = problems.length - shown.length;
  return shown.join("; ") + (hidden > 0 ? `; and ${hidden} more` : "");
}

/**
 * Extends telemetry's own classification, which already reads `errorType` off our errors: a sync that failed at its
 * apply is an `apply_error`, as ADR-004 lists it. Why the apply failed stands on `apply_failed`.
 */
export const classifyError: ErrorClassifier = (error, { operation }) =>
  error instanceof ApplyError && operation === "sync" ? "apply_error" : undefined;
