/** What went wrong inside telemetry. The controller is never told by an exception; it is told by these. */
export type FailureReport =
  | {
      /** A subscriber's `handle` or `measure` threw or rejected. */
      readonly kind: "subscriber_failed";
      readonly subscriber: string;
      readonly error: unknown;
      /** The type of the event or kind of the measurement that it failed on. */
      readonly type: string;
      readonly consecutiveFailures: number;
      readonly message: string;
      readonly suppressed: number;
    }
  | {
      /** A subscriber failed too many times in a row and gets nothing more. It is still flushed and closed. */
      readonly kind: "subscriber_detached";
      readonly subscriber: string;
      readonly error: unknown;
      readonly consecutiveFailures: number;
      readonly message: string;
      readonly suppressed: number;
    }
  | {
      /** Deliveries to one subscriber, or to all, were dropped; `dropped` counts them since the last report. */
      readonly kind: "dropped";
      readonly reason: "feedback" | "backpressure" | "closed";
      readonly subscriber?: string;
      readonly message: string;
      readonly suppressed: number;
    }
  | {
      /** The caller gave fields that no event may have. `path` names the field. */
      readonly kind: "invalid_fields";
      readonly type: string;
      readonly path: string;
      /** `true`: nothing was emitted; `false`: emitted without this field. */
      readonly rejected: boolean;
      readonly message: string;
      readonly suppressed: number;
    }
  | {
      /** An operation's handle was ended twice, or never. */
      readonly kind: "operation_ended_twice" | "operation_never_ended";
      readonly operation: string;
      readonly repoName: string;
      readonly message: string;
      readonly suppressed: number;
    }
  | {
      /** A function from the options (`clock`, `generateId`, `classifyError`) threw or answered nonsense. */
      readonly kind: "option_failed";
      readonly option: "clock" | "generateId" | "classifyError";
      readonly error: unknown;
      readonly message: string;
      readonly suppressed: number;
    };

type WithoutSuppressed<T> = T extends FailureReport ? Omit<T, "suppressed"> : never;

/** A report as its source makes it, before the reporter counts what it held back. */
export type Failure = WithoutSuppressed<FailureReport>;

/** Reports let through at once per source, and the milliseconds after which one more is. */
const BURST = 10;
const REFILL_MS = 1000;

interface Bucket {
  tokens: number;
  refilledAt: number;
  suppressed: number;
}

/**
 * Hands failures to `onFailure`: at most 10 at once and then one a second for each kind and source, so that a failure
 * on every event can't flood what the reports go to. `suppressed` on the next report says how many were held back.
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
    const suppressed = bucket.suppressed;
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
      // Sources are names that callers choose: forgetting all of them at times bounds the memory.
      if (this.#buckets.size >= 1000) this.#buckets.clear();
      bucket = { tokens: BURST, refilledAt: now, suppressed: 0 };
      this.#buckets.set(key, bucket);
    }
    const refill = Math.floor((now - bucket.refilledAt) / REFILL_MS);
    if (refill > 0) {
      bucket.tokens = Math.min(BURST, bucket.tokens + refill);
      bucket.refilledAt += refill * REFILL_MS;
    }
    return bucket;
  }
}

/** The default `onFailure`: one line on the console's error stream. */
export function logFailure(report: FailureReport): void {
  // biome-ignore lint/suspicious/noConsole: failures are never silent, and no better place is known here
  console.error(`@alumiini/core: ${report.message}`);
}
