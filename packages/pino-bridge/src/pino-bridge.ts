import type { AluminiEvent, AttributeValue, Subscriber } from "@alumiini/core";
import { errorOf, group, type RulesFor, readOptions, text, toAttributes } from "@alumiini/core/adapter";
import { flushLogger } from "./flush.js";
import { chooseLevels, type LevelBySeverity } from "./levels.js";
import { boundNames, type PinoLogger } from "./logger.js";
import { describe, isFailure } from "./messages.js";
import { RepositoryLoggers } from "./repository-loggers.js";

/**
 * Custom attributes of these names are left out, and those that the logger is bound to: they would forge what pino itself
 * writes. Of what every object has, such as `constructor`, pino 9 makes a line that is not JSON.
 */
const RESERVED = ["level", "time", "pid", "hostname", "msg", ...Object.getOwnPropertyNames(Object.prototype)];

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
 * @throws {OptionError} for an option that is unknown or not valid, and for a level that the logger lacks.
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
  const { errorKey, levels: chosen } = readOptions("pinoBridge", options, RULES);
  const levels = chooseLevels(logger.levels.values, chosen);
  const reserved = new Set([...RESERVED, ...boundNames(logger), errorKey]);
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
      if (isFailure(event)) fields[errorKey] = loggedError(event);
      write(repositoryLoggers?.bind(event, level, fields) ?? logger, level, fields, describe(event));
    },
    flush: (signal) => flushLogger(logger, signal),
  };
}

const LEVEL = text(undefined);
const RULES = {
  levels: group({ info: LEVEL, warning: LEVEL, error: LEVEL, critical: LEVEL }),
  errorKey: text("err"),
} satisfies RulesFor<PinoBridgeOptions>;

/** The error as a log line shows it. It has no prototype: pino's serializer would take its type from the constructor. */
interface LoggedError {
  readonly __proto__: null;
  readonly type: string;
  readonly message: string;
  readonly class?: string;
  readonly code?: string;
  readonly status?: number;
  readonly stack?: string;
}

type LineFields = Record<string, AttributeValue | LoggedError | undefined>;

function loggedError(
  event: AluminiEvent & { readonly errorType?: string; readonly errorMessage?: string },
): LoggedError {
  const type = event.errorType ?? "unknown";
  const { type: name, code, status, stack } = errorOf(event) ?? {};
  return {
    __proto__: null,
    type,
    message: event.errorMessage ?? type,
    ...(name !== undefined && { class: name }),
    ...(code !== undefined && { code }),
    ...(status !== undefined && { status }),
    ...(stack !== undefined && { stack }),
  };
}

function write(logger: PinoLogger, level: string, fields: LineFields, message: string): void {
  // Looked up each time: pino replaces its methods when the level changes.
  const log: unknown = Reflect.get(logger, level);
  if (typeof log === "function") log.call(logger, fields, message);
}
