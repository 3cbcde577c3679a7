import { type EventType, type Severity, TAXONOMY } from "@alumiini/core";
import type { Context } from "@opentelemetry/api";
import { toHrTime } from "../time.js";
import { type AnyEvent, errorTypeOf, eventAttributes, isFailure } from "../traces/span-attributes.js";
import type { LogEventRecord, LoggerLike } from "./logger.js";

/** What has no span becomes a log event of its own. */
const EVENT_NAMES: Partial<Record<EventType, string>> = {
  drift_detected: "alumiini.drift.detected",
  drift_corrected: "alumiini.drift.corrected",
  worker_started: "alumiini.worker.started",
  worker_stopped: "alumiini.worker.stopped",
  webhook_received: "alumiini.webhook.received",
};

/** Severity numbers of the log data model, and their texts. */
const SEVERITIES: Readonly<Record<Severity, readonly [number, string]>> = {
  info: [9, "INFO"],
  warning: [13, "WARN"],
  error: [17, "ERROR"],
  critical: [21, "FATAL"],
};

/** Whether any record comes of the event. */
export function isLogged(event: AnyEvent): boolean {
  switch (event.type) {
    case "sync_started":
    case "sync_completed":
    case "apply_started":
    case "apply_completed":
      return false;
    case "git_fetched":
    case "git_cloned":
      return isFailure(event);
    default:
      return true;
  }
}

/** Writes the event's own record, where it has one, and the exception's, where it tells of a failure. */
export function logEvent(logger: LoggerLike, event: AnyEvent, context: Context): void {
  const eventName = EVENT_NAMES[event.type];
  if (eventName !== undefined) emit(logger, recordOf(event, eventName, context));
  if (!isFailure(event)) return;
  const record = recordOf(event, `alumiini.${operationOf(event)}.exception`, context);
  emit(logger, {
    ...record,
    attributes: {
      ...record.attributes,
      "exception.type": errorTypeOf(event),
      ...(event.errorMessage !== undefined && { "exception.message": event.errorMessage }),
    },
  });
}

function emit(logger: LoggerLike, record: LogEventRecord): void {
  const { context, severityNumber, eventName } = record;
  // Loggers older than this method take everything.
  if (logger.enabled?.({ context, severityNumber, eventName }) ?? true) logger.emit(record);
}

function recordOf(event: AnyEvent, eventName: string, context: Context): LogEventRecord {
  const [severityNumber, severityText] = SEVERITIES[event.severity];
  const attributes = eventAttributes(event);
  if (isFailure(event)) attributes["error.type"] = errorTypeOf(event);
  const timestamp = toHrTime(event.timestamp);
  return { eventName, timestamp, severityNumber, severityText, body: bodyOf(event), attributes, context };
}

function bodyOf(event: AnyEvent): string {
  const subject = ("resourceKey" in event && event.resourceKey) || event.repoName;
  if (!isFailure(event)) return `${TAXONOMY[event.type].when}: ${subject}`;
  return `${operationOf(event)} failed: ${subject}: ${event.errorMessage ?? errorTypeOf(event)}`;
}

function operationOf({ type }: AnyEvent): string {
  const { operation } = TAXONOMY[type];
  return operation;
}
