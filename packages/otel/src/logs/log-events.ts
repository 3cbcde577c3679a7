import { type Severity, TAXONOMY } from "@alumiini/core";
import { errorOf } from "@alumiini/core/adapter";
import type { Context } from "@opentelemetry/api";
import { forceFlush } from "../providers.js";
import { toHrTime } from "../time.js";
import { type AnyEvent, errorTypeOf, eventAttributes, isFailure } from "../traces/span-attributes.js";
import type { LogEventRecord, LoggerLike, LoggerSource } from "./logger.js";

/** Whether an operation has a span; the events of any other are log events of their own. */
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

/** Writes log events. */
export class LogSink {
  readonly #source: LoggerSource;

  constructor(source: LoggerSource) {
    this.#source = source;
  }

  /** Whether the event becomes any record. */
  wants(event: AnyEvent): boolean {
    if (!isLogged(event)) return false;
    const logger = this.#source.find();
    // Loggers older than `enabled` take everything.
    return logger !== undefined && (logger.enabled?.() ?? true);
  }

  handle(event: AnyEvent, context: Context): void {
    const logger = this.#source.find();
    if (logger !== undefined) logEvent(logger, event, context);
  }

  /** Resolves when the SDK has sent what it holds. */
  flush(): Promise<void> {
    return forceFlush(this.#source.provider());
  }
}

/** Whether the event becomes any record. */
function isLogged(event: AnyEvent): boolean {
  return !HAS_SPAN[operationOf(event)] || isFailure(event);
}

/** Writes the event's own record, where it has one, and an exception's, where it reports a failure. */
function logEvent(logger: LoggerLike, event: AnyEvent, context: Context): void {
  const operation = operationOf(event);
  // `drift_detected` is `alumiini.drift.detected`.
  if (!HAS_SPAN[operation]) emit(logger, recordOf(event, `alumiini.${event.type.replace("_", ".")}`, context));
  if (!isFailure(event)) return;
  // What was thrown, where the operation was given it: its class, its stack and those of its causes.
  const error = errorOf(event);
  const message = event.errorMessage ?? error?.message;
  const record = recordOf(event, `alumiini.${operation}.exception`, context);
  emit(logger, {
    ...record,
    attributes: {
      ...record.attributes,
      "exception.type": error?.type ?? errorTypeOf(event),
      ...(message !== undefined && { "exception.message": message }),
      ...(error?.stack !== undefined && { "exception.stacktrace": error.stack }),
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
