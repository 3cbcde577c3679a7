import * as api from "@opentelemetry/api";
import { SCOPE, SCOPE_VERSION } from "./scope.js";

/** The parts of OpenTelemetry's log record that we fill. */
export interface LogEventRecord {
  readonly eventName: string;
  readonly timestamp: api.HrTime;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: string;
  readonly attributes: api.Attributes;
  readonly context: api.Context;
}

/** What we need of a logger: those of `@opentelemetry/api` 1.10 and of `@opentelemetry/api-logs` fit. */
export interface LoggerLike {
  emit(record: LogEventRecord): void;
  enabled?(options?: {
    readonly context?: api.Context;
    readonly severityNumber?: number;
    readonly eventName?: string;
  }): boolean;
}

/** What we need of a logger provider. */
export interface LoggerProviderLike {
  getLogger(name: string, version?: string): LoggerLike;
}

/** The Logs API: `logs` of either package. */
interface LogsApi extends LoggerProviderLike {
  getLoggerProvider(): LoggerProviderLike;
}

/** What either package may hold. */
type LogsModule = { readonly logs?: LogsApi };

/** A name that bundlers can't see: the package is optional, and they would fail without it. */
const API_LOGS = ["@opentelemetry", "api-logs"].join("/");

/** Where a logger comes from, and what is behind it. */
export interface LoggerSource {
  /** The logger; `undefined` where there is none; while the optional package is looked for, what resolves after that. */
  find(): LoggerLike | undefined | Promise<void>;
  /** The provider, whose SDK can be flushed. */
  provider(): unknown;
}

/**
 * Finds the logger: the injected provider's, else that of `@opentelemetry/api`, whose part the Logs API is since 1.10,
 * else that of the package `@opentelemetry/api-logs`, which the user's SDK brings.
 */
export function loggerSource(injected: LoggerProviderLike | undefined): LoggerSource {
  if (injected !== undefined) return sourceOf(() => injected);
  const { logs }: LogsModule = api;
  if (logs !== undefined) return sourceOf(() => logs.getLoggerProvider());
  let known: LoggerSource | undefined;
  const looking = import(API_LOGS).then(
    ({ logs: found }: LogsModule) => {
      known = found ? sourceOf(() => found.getLoggerProvider()) : NO_LOGGER;
    },
    () => {
      // Not installed: there is no logger to be had.
      known = NO_LOGGER;
    },
  );
  return { find: () => (known ? known.find() : looking), provider: () => known?.provider() };
}

const NO_LOGGER: LoggerSource = { find: () => undefined, provider: () => undefined };

function sourceOf(provider: () => LoggerProviderLike): LoggerSource {
  let last: LoggerProviderLike | undefined;
  let logger: LoggerLike | undefined;
  const find = () => {
    const current = provider();
    // Asked for anew when another is registered: the stand-in's loggers wake up only within their copy of the API.
    if (current !== last) logger = current.getLogger(SCOPE, SCOPE_VERSION);
    last = current;
    return logger;
  };
  return { find, provider };
}
