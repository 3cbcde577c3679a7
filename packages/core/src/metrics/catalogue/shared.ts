/** The label that names the repository; wherever it occurs it comes first. */
export const REPOSITORY = { repo_name: { field: "repoName" } } as const;

/** Stands for every error type that metrics don't keep apart. */
export const OTHER_ERROR_TYPE = "other";

/** How what has ended ended, as far as counters begin at 0 for it. */
export const ENDINGS = ["success", "failure", "timeout"] as const;
