import { RateLimiter } from "../adapter/rate-limiter.js";
import { describeError } from "../error/describe-error.js";
import type { FieldProblem } from "../event/audit-fields.js";

/**
 * What went wrong inside telemetry. It is never thrown into the controller; it is reported here.
 * `describeFailure` turns one into a sentence that says what to do.
 */
export type FailureReport = Failure & {
  /** Further reports of this kind and source are suppressed for up to 10 seconds; the counts are in `stats()`. */
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
      /** A fault of the calling program, reported once for each type and field. Absent: no event may have this value. */
      readonly problem?: FieldProblem;
      /** The field that a misspelt one most likely means. */
      readonly nearest?: string;
      /** `true`: nothing was emitted; `false`: emitted without this field. */
      readonly rejected: boolean;
    }
  | {
      readonly kind: "operation_ended_twice" | "operation_never_ended";
      readonly operation: string;
      readonly repoName: string;
    }
  | {
      /** Telemetry is closed: the subscriber gets nothing, and is neither flushed nor closed. */
      readonly kind: "subscribed_after_close";
      readonly subscriber: string;
    }
  | {
      /** What the caller passed in threw when it was used: an option, fields, an error. A default was used instead. */
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
  const limiter = new RateLimiter(REPORTS_PER_WINDOW, WINDOW_MS);
  return (failure) => {
    const { kind, subscriber, type, operation }: Source = failure;
    const { allowed, last } = limiter.take([kind, subscriber ?? type ?? operation].join(), performance.now());
    if (!allowed) return;
    // Whatever `onFailure` throws, at once or later, is ignored: there is nowhere else to report it.
    const take = async () => onFailure({ ...failure, last });
    take().catch(() => {});
  };
}

/** The default `onFailure`: one line on the console's error stream. */
export function logFailure(report: FailureReport): void {
  const error = "error" in report ? describeError(report.error) : undefined;
  // biome-ignore lint/suspicious/noConsole: failures are never silent, and no better place is known here
  console.error("@alumiini/core:", JSON.stringify({ ...report, error }));
}

/**
 * Says in a sentence what happened and what to do about it, without credentials: for logs.
 *
 * @example
 * ```ts
 * import { createTelemetry, describeFailure } from "@alumiini/core";
 *
 * createTelemetry({ clusterId: "prod-us-east", onFailure: (report) => console.warn(describeFailure(report)) });
 * ```
 */
export function describeFailure(report: FailureReport): string {
  return report.last
    ? `${sentence(report)} Further reports of this kind are suppressed for 10 seconds.`
    : sentence(report);
}

function sentence(report: FailureReport): string {
  switch (report.kind) {
    case "subscriber_failed":
      return `Subscriber "${report.subscriber}" failed on ${report.type}: ${describeError(report.error)}.`;
    case "subscriber_detached":
      return `Subscriber "${report.subscriber}" was detached after ${report.consecutiveFailures} failures in a row, the last on ${report.type}: ${describeError(report.error)}. Fix it and subscribe it again, or raise maxConsecutiveFailures.`;
    case "dropped":
      return dropped(report);
    case "invalid_fields":
      return invalid(report);
    case "operation_ended_twice":
      return `A ${report.operation} of ${report.repoName} was ended again; only the first complete or fail counts.`;
    case "operation_never_ended":
      return `A ${report.operation} of ${report.repoName} was started and never ended. Call complete or fail on every path, or use telemetry.run.`;
    case "subscribed_after_close":
      return `Subscriber "${report.subscriber}" was subscribed after telemetry was closed and gets nothing. Subscribe before close.`;
    case "input_failed":
      return `A function or object passed in threw when it was used: ${describeError(report.error)}. A default was used instead. Check clock, generateId and classifyError, and at getters of fields and errors.`;
  }
}

function dropped(report: Extract<FailureReport, { kind: "dropped" }>): string {
  switch (report.reason) {
    case "feedback":
      return `${report.type} was dropped: subscribers emit in reaction to events without end. Look for one that emits on every event.`;
    case "backpressure":
      return `${report.type} was dropped for subscriber "${report.subscriber}": too many promises of its handle are unsettled. Let handle return at once and queue inside the subscriber.`;
    case "closed":
      return `${report.type} was ignored: telemetry is closed. Stop whatever emits before you close it.`;
  }
}

function invalid(report: Extract<FailureReport, { kind: "invalid_fields" }>): string {
  const { type, path, problem, nearest, rejected } = report;
  if (path === "type") return `"${type}" is no event type or measurement; nothing was emitted.`;
  switch (problem) {
    case "missing":
      return `${type}: ${path} is missing; emitted without it. Pass it, or the event can't be counted properly.`;
    case "unknown":
      return `${type} has no field ${path}${nearest === undefined ? ". Remove it." : `; did you mean ${nearest}?`}`;
    case "contradictory":
      return `${type} can't have this ${path}; emitted without it. Emit the type that fits what happened.`;
    default:
      return `${type}: ${path} is missing or not valid; ${rejected ? "nothing was emitted" : "emitted without it"}.`;
  }
}
