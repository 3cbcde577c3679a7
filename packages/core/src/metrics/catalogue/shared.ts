/** The label that names the repository; wherever it occurs it comes first. */
export const REPOSITORY = { repo_name: { field: "repoName" } } as const;

/** The label value of every error type that metrics don't keep apart. */
export const OTHER_ERROR_TYPE = "other";

/** The outcomes that counters have a series for before any event has it. */
export const ENDINGS = ["success", "failure", "timeout"] as const;

// Bounds of the histograms (ADR-004 sections 5 and 6). Each objective and each alert threshold is a bound, and there are
// finite ones above it. Without a bound at the threshold, interpolation overestimates durations below it; without a finite
// bound above, no quantile ever exceeds it.

/** A whole sync, in milliseconds: objective 30 s, alert at 60 s. */
export const SYNC_BUCKETS = [
  100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000,
] as const;

/** One git operation, in milliseconds: objective 10 s, alert at 30 s. */
export const GIT_BUCKETS = [100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 120_000] as const;

/** One apply, in milliseconds: objective 5 s, alert at 10 s. */
export const APPLY_BUCKETS = [50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000] as const;

/** From acceptance to confirmed delivery by a sink, in milliseconds: from a broker next door to an outage of 10 minutes. */
export const DELIVERY_BUCKETS = [
  1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 600_000,
] as const;

/** From a commit to its deployment, or from a failure to the next success, in seconds: 10 s to a day. */
export const LEAD_TIME_BUCKETS = [10, 30, 60, 120, 300, 600, 1800, 3600, 14_400, 86_400] as const;
