/**
 * Bounds of the histograms (ADR-004 sections 5 and 6): one at each objective and at each alert's threshold, and finite
 * ones above the threshold. Without a bound at the threshold, interpolation takes shorter durations for longer ones;
 * without a finite one above, no quantile ever exceeds it.
 */

/** A whole sync, in milliseconds: objective 30 s, alert at 60 s. */
export const SYNC_BUCKETS = [
  100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000,
] as const;

/** One git operation, in milliseconds: objective 10 s, alert at 30 s. */
export const GIT_BUCKETS = [100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 120_000] as const;

/** One apply, in milliseconds: objective 5 s, alert at 10 s. */
export const APPLY_BUCKETS = [50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000] as const;

/** From acceptance to delivery by a sink, in milliseconds. */
export const DELIVERY_BUCKETS = [
  1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 600_000,
] as const;

/** From a commit to its deployment, or from a failure to the next success, in seconds: 10 s to a day. */
export const LEAD_TIME_BUCKETS = [10, 30, 60, 120, 300, 600, 1800, 3600, 14_400, 86_400] as const;
