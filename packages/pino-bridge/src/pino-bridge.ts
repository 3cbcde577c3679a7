import type { AluminiEvent, AttributeValue, Subscriber } from "@alumiini/core";
import { toAttributes } from "@alumiini/core/adapter";
import { flushLogger } from "./flush.js";
import { chooseLevels, type LevelBySeverity } from "./levels.js";
import { describe, isFailure } from "./messages.js";
import { RepositoryLoggers } from "./repository-loggers.js";

/**
 * Custom attributes of these names are left out: what pino itself writes, they would forge; and of what every object
 * has, such as `constructor`, pino 9 makes a line that is no JSON.
 */
const RESERVED = ["level", "time", "msg", ...Object.getOwnPropertyNames(Object.prototype)];

/** What the bridge needs of a pino logger. Every `pino.Logger` fits, children and custom levels included. */
export interface PinoLogger {
  readonly levels: { readonly values: Readonly<Record<string, number>> };
  isLevelEnabled(level: string): boolean;
  child(bindings: Readonly<Record<string, string | undefined>>): PinoLogger;
  flush(callback?: (error?: Error) => void): void;
}

/** What `pinoBridge` takes beside the logger. */
export interface PinoBridgeOptions {
  /**
   * The logger's level for each severity. Default: info, warn, error and, for critical, fatal; a logger that has only
   * custom levels gets the lowest of its levels that is at least as grave.
   */
  readonly levels?: Partial<LevelBySeverity> | undefined;
  /** The field that holds a failure's type and message; the logger's own `errorKey` where it has one. Default `err`. */
  readonly errorKey?: string | undefined;
}

/**
 * Makes a subscriber that writes one line for each event to your logger. Nothing is computed for an event whose level
 * the logger has disabled. `flush` waits until the lines have been written, the worker of a transport excepted: only
 * pino can wait for that, at `process.exit` or when you `end` it. The logger is never closed, for it is yours.
 *
 * @throws {TypeError} when the logger lacks a level that `levels` says.
 *
 * @example
 * ```ts
 * import { createTelemetry } from "@alumiini/core";
 * import { pinoBridge } from "@alumiini/pino-bridge";
 * import { pino } from "pino";
 *
 * const telemetry = createTelemetry({ clusterId: "prod-us-east" });
 * telemetry.subscribe(pinoBridge(pino()));
 * ```
 */
export function pinoBridge(logger: PinoLogger, options: PinoBridgeOptions = {}): Subscriber {
  const levels = chooseLevels(logger.levels.values, options.levels ?? {});
  const { errorKey = "err" } = options;
  const reserved = new Set([...RESERVED, errorKey]);
  const repositoryLoggers = RepositoryLoggers.of(logger);
  return {
    name: "pino",
    handle(event) {
      const level = levels[event.severity];
      if (!logger.isLevelEnabled(level)) return;
      const fields: LineFields = toAttributes(event);
      if (event.attributes !== undefined) {
        for (const name of Object.keys(event.attributes)) if (reserved.has(name)) fields[name] = undefined;
      }
      if (isFailure(event)) fields[errorKey] = errorOf(event);
      write(repositoryLoggers?.bind(event, level, fields) ?? logger, level, fields, describe(event));
    },
    flush: (signal) => flushLogger(logger, signal),
  };
}

/** The error as a log line shows it. It has no prototype: pino's serializer would take its type from the constructor. */
interface LoggedError {
  readonly __proto__: null;
  readonly type: string;
  readonly message: string;
}

type LineFields = Record<string, AttributeValue | LoggedError | undefined>;

function errorOf(event: AluminiEvent & { readonly errorType?: string; readonly errorMessage?: string }): LoggedError {
  const type = event.errorType ?? "unknown";
  return { __proto__: null, type, message: event.errorMessage ?? type };
}

function write(logger: PinoLogger, level: string, fields: LineFields, message: string): void {
  // Looked up each time: pino replaces its methods when the level changes.
  const log: unknown = Reflect.get(logger, level);
  if (typeof log === "function") log.call(logger, fields, message);
}
