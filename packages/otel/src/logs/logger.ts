import type * as api from "@opentelemetry/api";
import { globals, LOGS_REGISTRY, LOGS_VERSION, REGISTRY, SCOPE, SCOPE_VERSION } from "../globals.js";

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

/** Where a logger comes from, and what is behind it. */
export interface LoggerSource {
  /** The logger; `undefined` while there is none. */
  find(): LoggerLike | undefined;
  /** The provider, whose SDK can be flushed. */
  provider(): LoggerProviderLike | undefined;
}

/** Finds the logger: the injected provider's, else that of the provider which is registered at the time. */
export function loggerSource(injected: LoggerProviderLike | undefined): LoggerSource {
  const provider = () => injected ?? registeredLoggerProvider();
  let last: LoggerProviderLike | undefined;
  let logger: LoggerLike | undefined;
  const find = () => {
    const current = provider();
    if (current !== last) logger = current?.getLogger(SCOPE, SCOPE_VERSION);
    last = current;
    return logger;
  };
  return { find, provider };
}

/**
 * What the application has registered with the Logs API: part of `@opentelemetry/api` since 1.10, and before that a
 * package of its own, `@opentelemetry/api-logs`. Both leave it with the global object, for other copies of themselves;
 * read there, it is found whichever of them this package resolves, in a bundle too, and before the first event.
 */
function registeredLoggerProvider(): LoggerProviderLike | undefined {
  const { [REGISTRY]: registry, [LOGS_REGISTRY]: getProvider } = globals;
  const { logs }: { readonly logs?: unknown } = Object(registry);
  if (isLoggerProvider(logs)) return logs;
  const provider: unknown = typeof getProvider === "function" ? getProvider(LOGS_VERSION) : undefined;
  return isLoggerProvider(provider) ? provider : undefined;
}

function isLoggerProvider(value: unknown): value is LoggerProviderLike {
  return typeof Object(value).getLogger === "function";
}
