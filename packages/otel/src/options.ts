import type { MeterProvider, TracerProvider } from "@opentelemetry/api";
import type { LoggerProviderLike } from "./logs/logger.js";

/** A kind of OpenTelemetry data. */
export type OtelSignal = "traces" | "metrics" | "logs";

/** What `otelSubscriber` takes. */
export interface OtelOptions {
  /** Default: the global one of `@opentelemetry/api`, whenever it is registered. */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Default: the global one of `@opentelemetry/api`, whenever it is registered. */
  readonly meterProvider?: MeterProvider | undefined;
  /** Default: the global one, of `@opentelemetry/api` since 1.10 or of `@opentelemetry/api-logs`, whenever it is registered. */
  readonly loggerProvider?: LoggerProviderLike | undefined;
  /** What to produce. Default: all three. */
  readonly signals?: readonly OtelSignal[] | undefined;
  /**
   * Repositories that metrics keep apart: a whole number, 1 or more. Those that come later share the name `_other`.
   * Default 1,000. The SDK has a limit of its own, of 2,000 sets of attributes for each instrument.
   */
  readonly maxRepositories?: number | undefined;
  /** Error types that metrics keep apart beyond those of ADR-004. Others become `_OTHER`. */
  readonly errorTypes?: readonly string[] | undefined;
  /** Milliseconds after which a sync or a step without an end is given up: more than 0. Default 3,600,000, an hour. */
  readonly orphanTimeoutMs?: number | undefined;
  /** Syncs and steps that may be open at once: a whole number, 1 or more. Beyond, the oldest is given up. Default 10,000. */
  readonly maxOpen?: number | undefined;
}

/** The options, complete. */
export interface Settings {
  readonly tracerProvider: TracerProvider | undefined;
  readonly meterProvider: MeterProvider | undefined;
  readonly loggerProvider: LoggerProviderLike | undefined;
  readonly signals: readonly OtelSignal[];
  readonly maxRepositories: number;
  readonly errorTypes: readonly string[];
  readonly orphanTimeoutMs: number;
  readonly maxOpen: number;
}

const SIGNALS: readonly OtelSignal[] = ["traces", "metrics", "logs"];

/** @throws {RangeError} for a number out of range. @throws {TypeError} for a signal that doesn't exist. */
export function settingsOf(options: OtelOptions): Settings {
  const { signals = SIGNALS, maxRepositories = 1000, orphanTimeoutMs = 3_600_000, maxOpen = 10_000 } = options;
  for (const [name, value] of Object.entries({ maxRepositories, maxOpen })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`otelSubscriber: ${name} must be a whole number of 1 or more`);
    }
  }
  if (!(orphanTimeoutMs > 0)) throw new RangeError("otelSubscriber: orphanTimeoutMs must be more than 0");
  for (const signal of signals) {
    if (!SIGNALS.includes(signal)) throw new TypeError(`otelSubscriber: there is no signal "${signal}"`);
  }
  const { tracerProvider, meterProvider, loggerProvider, errorTypes = [] } = options;
  return {
    tracerProvider,
    meterProvider,
    loggerProvider,
    signals,
    maxRepositories,
    errorTypes,
    orphanTimeoutMs,
    maxOpen,
  };
}
