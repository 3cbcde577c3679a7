import { describeError, type FailureReport } from "./failure.js";

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
  return report.last ? `${sentence(report)} More like it are held back for some seconds.` : sentence(report);
}

function sentence(report: FailureReport): string {
  switch (report.kind) {
    case "subscriber_failed":
      return `Subscriber "${report.subscriber}" failed on ${report.type}: ${describeError(report.error)}.`;
    case "subscriber_detached":
      return `Subscriber "${report.subscriber}" was detached after ${report.consecutiveFailures} failures in a row, the last on ${report.type}: ${describeError(report.error)}. Mend it and subscribe it again, or raise maxConsecutiveFailures.`;
    case "dropped":
      return dropped(report);
    case "invalid_fields":
      return invalid(report);
    case "operation_ended_twice":
      return `A ${report.operation} of ${report.repoName} was ended again; only the first complete or fail counts.`;
    case "operation_never_ended":
      return `A ${report.operation} of ${report.repoName} was started and never ended. Call complete or fail on every path, or use telemetry.run.`;
    case "input_failed":
      return `What was passed in threw when it was used: ${describeError(report.error)}. A default stood in. Look at clock, generateId and classifyError, and at getters of fields and errors.`;
  }
}

function dropped(report: Extract<FailureReport, { kind: "dropped" }>): string {
  switch (report.reason) {
    case "feedback":
      return `${report.type} was dropped: subscribers emit in reaction to events without end. Look for one that emits on every event.`;
    case "backpressure":
      return `${report.type} was dropped for subscriber "${report.subscriber}": too many promises of its handle are unsettled. Let handle return at once and queue inside the subscriber.`;
    case "closed":
      return `${report.type} was ignored: telemetry is closed. Stop what emits before closing it.`;
  }
}

function invalid({ type, path, rejected }: Extract<FailureReport, { kind: "invalid_fields" }>): string {
  if (path === "type") return `"${type}" is no event type or measurement; nothing was emitted.`;
  return `${type}: ${path} is missing or not valid; ${rejected ? "nothing was emitted" : "emitted without it"}.`;
}
