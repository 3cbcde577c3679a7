import { redactText } from "./redact.js";

/**
 * What went wrong inside telemetry. The controller is never told by an exception; it is told by these reports.
 * `describeFailure` turns one into a sentence that says what to do.
 */
export type FailureReport = Failure & {
  /** Reports of this kind and source that were held back since the last one. */
  readonly suppressed: number;
};

/** A report as its source makes it. */
export type Failure =
  | {
      /** `subscriber_detached`: it failed too often in a row and gets nothing more; it is still flushed and closed. */
      readonly kind: "subscriber_failed" | "subscriber_detached";
      readonly subscriber: string;
      /** What it threw, as it was: it may hold credentials. */
      readonly error: unknown;
      /** The type of the event or kind of the measurement that it failed on. */
      readonly type: string;
      readonly consecutiveFailures: number;
    }
  | {
      /**
       * Deliveries were dropped: `feedback` (subscribers emit in reaction to events without end), `backpressure` (too
       * many promises of the subscriber's `handle` are unsettled), `closed` (emitted after `close`).
       */
      readonly kind: "dropped";
      readonly reason: "feedback" | "backpressure" | "closed";
      readonly type: string;
      readonly subscriber?: string;
    }
  | {
      /** The caller gave what no event may have. */
      readonly kind: "invalid_fields";
      readonly type: string;
      /** The field; `type` for an unknown type, `fields` where reading them threw. */
      readonly path: string;
      /** `true`: nothing was emitted; `false`: emitted without this field. */
      readonly rejected: boolean;
    }
  | {
      readonly kind: "operation_ended_twice" | "operation_never_ended";
      readonly operation: string;
      readonly repoName: string;
    }
  | {
      /** A function from the options threw or answered nonsense; the built-in one stood in. */
      readonly kind: "option_failed";
      readonly option: "clock" | "generateId" | "classifyError";
      readonly error: unknown;
    };

/** Reports let through at once per source, and the milliseconds after which one more is. */
const BURST = 10;
const REFILL_MS = 1000;
/** Sources remembered; they are named by what callers choose, so forgetting all at times bounds the memory. */
const MAX_SOURCES = 1000;

interface Bucket {
  tokens: number;
  refilledAt: number;
  suppressed: number;
}

/**
 * Hands failures to `onFailure`: at most 10 at once and then one a second for each kind and source, so that a failure
 * on every event can't flood what the reports go to.
 */
export class FailureReporter {
  readonly #onFailure: (report: FailureReport) => void;
  readonly #monotonic: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(onFailure: (report: FailureReport) => void, monotonic: () => number) {
    this.#onFailure = onFailure;
    this.#monotonic = monotonic;
  }

  report(failure: Failure, source: string): void {
    const bucket = this.#bucket(`${failure.kind} ${source}`);
    if (bucket.tokens < 1) {
      bucket.suppressed++;
      return;
    }
    bucket.tokens--;
    const { suppressed } = bucket;
    bucket.suppressed = 0;
    try {
      this.#onFailure({ ...failure, suppressed });
    } catch {
      // Whoever takes the reports failed at it: there is nobody left to tell.
    }
  }

  #bucket(key: string): Bucket {
    const now = this.#monotonic();
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      if (this.#buckets.size >= MAX_SOURCES) this.#buckets.clear();
      bucket = { tokens: BURST, refilledAt: now, suppressed: 0 };
      this.#buckets.set(key, bucket);
    }
    const refill = Math.floor((now - bucket.refilledAt) / REFILL_MS);
    if (refill > 0) {
      bucket.tokens = Math.min(BURST, bucket.tokens + refill);
      bucket.refilledAt = now;
    }
    return bucket;
  }
}

/** The default `onFailure`: one line on the console's error stream. */
export function logFailure(report: FailureReport): void {
  const error = "error" in report ? describeError(report.error) : undefined;
  // biome-ignore lint/suspicious/noConsole: failures are never silent, and no better place is known here
  console.error(`@alumiini/core: ${JSON.stringify({ ...report, error })}`);
}

/** What an error says, on one line, bounded and without credentials. Never throws, whatever was thrown. */
export function describeError(error: unknown): string {
  try {
    return redactText(String(error).slice(0, 2000).replace(/\s+/g, " "));
  } catch {
    return "unreadable error";
  }
}
