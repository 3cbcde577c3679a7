import {
  listOf,
  milliseconds,
  objectWith,
  type ReadOptions,
  type RulesFor,
  readOptions,
  value,
  wholeNumber,
} from "@alumiini/core/adapter";
import { DEFAULT_LABEL_LIMITS, MAX_ERROR_TYPES, type OptInLabel } from "@alumiini/core/metrics";
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
   * Default 5,000. The SDK has a limit of its own, of 2,000 sets of attributes for each instrument.
   */
  readonly maxRepositories?: number | undefined;
  /** Distinct values of every other attribute whose values are not known beforehand: 1 or more. Default 100. */
  readonly maxLabelValues?: number | undefined;
  /**
   * Labels of the catalogue to add as attributes of metrics: `repo_namespace` is `alumiini.repo.namespace`, `cluster` is
   * `k8s.cluster.name`, `branch` is `alumiini.repo.branch`. Without the first two, repositories of one name share their
   * series, whose gauges show the worst of them. Default none.
   */
  readonly optInLabels?: readonly Exclude<OptInLabel, "commit">[] | undefined;
  /** Error types that metrics keep apart beyond those of ADR-004: at most 100. Others become `_OTHER`. */
  readonly errorTypes?: readonly string[] | undefined;
  /** Milliseconds after which a sync or a step without an end is given up: 1 or more. Default 3,600,000, an hour. */
  readonly orphanTimeoutMs?: number | undefined;
  /** Syncs and steps that may be open at once: a whole number, 1 or more. Beyond, the oldest is given up. Default 10,000. */
  readonly maxOpen?: number | undefined;
}

const SIGNALS = ["traces", "metrics", "logs"] as const satisfies readonly OtelSignal[];
const NO_TEXTS: readonly string[] = [];
const NO_LABELS: readonly Exclude<OptInLabel, "commit">[] = [];

const RULES = {
  tracerProvider: objectWith<TracerProvider>("a TracerProvider", "getTracer"),
  meterProvider: objectWith<MeterProvider>("a MeterProvider", "getMeter"),
  loggerProvider: objectWith<LoggerProviderLike>("a LoggerProvider", "getLogger"),
  signals: listOf<OtelSignal, readonly OtelSignal[]>(SIGNALS, SIGNALS),
  maxRepositories: wholeNumber(1, Number.MAX_SAFE_INTEGER, DEFAULT_LABEL_LIMITS.maxRepositories),
  maxLabelValues: wholeNumber(1, Number.MAX_SAFE_INTEGER, DEFAULT_LABEL_LIMITS.maxLabelValues),
  optInLabels: listOf(["repo_namespace", "branch", "cluster"], NO_LABELS),
  errorTypes: value(`a list of at most ${MAX_ERROR_TYPES} texts`, isErrorTypes, NO_TEXTS),
  orphanTimeoutMs: milliseconds(1, 3_600_000),
  maxOpen: wholeNumber(1, Number.MAX_SAFE_INTEGER, 10_000),
} satisfies RulesFor<OtelOptions>;

/** The options, complete. */
export type Settings = ReadOptions<typeof RULES>;

/** @throws {OptionError} for an option that is unknown or can't be used. */
export function settingsOf(options: OtelOptions): Settings {
  return readOptions("otelSubscriber", options, RULES);
}

function isErrorTypes(given: unknown): given is readonly string[] {
  return Array.isArray(given) && given.length <= MAX_ERROR_TYPES && given.every((type) => typeof type === "string");
}
