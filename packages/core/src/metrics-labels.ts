/** The label that names the repository; wherever it occurs it comes first. */
export const REPOSITORY = { repo_name: { field: "repoName" } } as const;

/**
 * The values of `error_type` that metrics keep apart: those of ADR-004 and those of the default classification. Others
 * become `other`, unless a backend is told to keep them.
 */
export const ERROR_TYPES = [
  "git_error",
  "git_timeout",
  "parse_error",
  "apply_error",
  "conflict",
  "validation",
  "auth",
  "timeout",
  "sync_error",
  "drift_error",
  "worker_error",
] as const;

/** Stands for every error type that metrics don't keep apart. */
export const OTHER_ERROR_TYPE = "other";

/** How what has ended ended, as far as counters begin at 0 for it. */
export const ENDINGS = ["success", "failure", "timeout"] as const;
