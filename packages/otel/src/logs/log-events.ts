import { type Severity, TAXONOMY } from "@alumiini/core";
import type { Context } from "@opentelemetry/api";
import { toHrTime } from "../time.js";
import { type AnyEvent, errorTypeOf, eventAttributes, isFailure } from "../traces/span-attributes.js";
import type { LogEventRecord, LoggerLike } from "./logger.js";

/** What has a span; everything else becomes a log event of its own. */
const HAS_SPAN: Readonly<Record<ReturnType<typeof operationOf>, boolean>> = {
  sync: true,
  git: true,
  apply: true,
  drift: false,
  worker: false,
  webhook: false,
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
  return !HAS_SPAN[operationOf(event)] || isFailure(event);
}

/** Writes the event's own record, where it has one, and the exception's, where it tells of a failure. */
export function logEvent(logger: LoggerLike, event: AnyEvent, context: Context): void {
  const operation = operationOf(event);
  // `drift_detected` is `alumiini.drift.detected`.
  if (!HAS_SPAN[operation]) emit(logger, recordOf(event, `alumiini.${event.type.replace("_", ".")}`, context));
  if (!isFailure(event)) return;
  const record = recordOf(event, `alumiini.${operation}.exception`, context);
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

function operationOf({ type }: AnyEvent) {
  return TAXONOMY[type].operation;
}
