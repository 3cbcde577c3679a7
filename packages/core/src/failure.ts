import { redactText } from "./redact.js";

/**
 * What went wrong inside telemetry. The controller is never told by an exception; it is told by these reports.
 * `describeFailure` turns one into a sentence that says what to do.
 */
export type FailureReport = Failure & {
  /** Further reports of this kind and source are held back for up to 10 seconds; the counts are in `stats()`. */
  readonly last: boolean;
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
      /** What the caller passed in threw when it was used: an option, fields, an error. A default stood in. */
      readonly kind: "input_failed";
      readonly error: unknown;
    };

/** Reports of each kind and source let through within one window. */
const REPORTS_PER_WINDOW = 10;
const WINDOW_MS = 10_000;

/** Hands a failure to `onFailure`, or holds it back. */
export type Report = (failure: Failure) => void;

/** What tells one source of failures from another. */
type Source = { readonly [K in "kind" | "subscriber" | "type" | "operation"]?: string };

/**
 * Lets at most 10 reports of each kind and source through in 10 seconds, so that a failure on every event can't flood
 * what the reports go to.
 */
export function createReporter(onFailure: (report: FailureReport) => void): Report {
  const counts = new Map<string, number>();
  let windowStart = 0;
  return (failure) => {
    const now = performance.now();
    if (now - windowStart > WINDOW_MS) {
      windowStart = now;
      counts.clear();
    }
    const { kind, subscriber, type, operation }: Source = failure;
    const key = [kind, subscriber ?? type ?? operation].join();
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (count > REPORTS_PER_WINDOW) return;
    // Whoever takes the reports may fail at it, at once or later: there is nobody left to tell.
    const take = async () => onFailure({ ...failure, last: count === REPORTS_PER_WINDOW });
    take().catch(() => {});
  };
}

/** The default `onFailure`: one line on the console's error stream. */
export function logFailure(report: FailureReport): void {
  const error = "error" in report ? describeError(report.error) : undefined;
  // biome-ignore lint/suspicious/noConsole: failures are never silent, and no better place is known here
  console.error("@alumiini/core:", JSON.stringify({ ...report, error }));
}

/** What an error says, on one line, bounded and without credentials. Never throws, whatever was thrown. */
export function describeError(error: unknown): string {
  try {
    return redactText(String(error).slice(0, 2000).replace(/\s+/g, " "));
  } catch {
    return "?";
  }
}
