import type { AluminiEvent, HandleContext, Measurement, Subscriber } from "@alumiini/core";
import type { RepositoryDetails } from "@alumiini/core/metrics";
import { abortable } from "@alumiini/delivery";
import * as api from "@opentelemetry/api";
import { LogSink } from "./logs/log-events.js";
import { loggerSource } from "./logs/logger.js";
import { Metrics } from "./metrics/metrics.js";
import { type OtelOptions, settingsOf } from "./options.js";
import { describeApiMismatch, forceFlush, isApiUsed, meterFinder, tracerFinder } from "./providers.js";
import { SeenIds } from "./seen-ids.js";
import { Traces } from "./traces/traces.js";

/** Event ids that are remembered, so that a replay changes nothing. */
const REMEMBERED_IDS = 10_000;

/** The counts of one subscriber, at this instant. */
export interface OtelStats {
  /** Spans of syncs and steps whose end is still to come. */
  readonly openSpans: number;
  /** Spans that were ended without an end event: too old, too many, or open at `close`. */
  readonly orphans: number;
  /** Events with the id of an earlier one, which changed nothing. */
  readonly replays: number;
  /** Relayed events that came too late to be counted in metrics; they are in traces and logs. */
  readonly late: number;
  /** Webhooks that were forgotten before a sync could be linked to them. */
  readonly droppedLinks: number;
}

/** The subscriber, with its counts; repositories can be registered and removed. */
export interface OtelSubscriber extends Subscriber {
  /**
   * Makes a repository known before anything happens to it, so that its gauges are there before its first event. Does
   * nothing for one that is known, and for an empty name. Texts are treated as those on events: cut to 256 characters,
   * and without credentials.
   */
  registerRepository(name: string, details?: RepositoryDetails): void;
  /**
   * Drops the gauges of the repositories of that name, in that namespace and cluster where they are given, and makes room
   * for others. Events that end what was under way are not counted. The SDK keeps counters and histograms until it ends.
   */
  removeRepository(name: string, details?: Pick<RepositoryDetails, "namespace" | "clusterId">): void;
  stats(): OtelStats;
}

/**
 * Makes the subscriber that turns events into OpenTelemetry traces, metrics and log events (ADR-004 section 2). It uses
 * the providers that it is given, else the global ones, and registers nothing itself; without any it does nothing.
 * `flush` makes the SDK send what it holds. Shut the SDK down yourself, after `telemetry.close()`.
 *
 * If the application has registered its SDK with a version of `@opentelemetry/api` that this package can't see, the first
 * event fails, and `onFailure` of the telemetry instance reports it.
 *
 * @throws {OptionError} when an option is unknown or can't be used.
 *
 * @example
 * ```ts
 * import { createTelemetry } from "@alumiini/core";
 * import { otelSubscriber } from "@alumiini/otel";
 *
 * const telemetry = createTelemetry({ clusterId: "prod-us-east" });
 * telemetry.subscribe(otelSubscriber());
 * ```
 */
export function otelSubscriber(options: OtelOptions = {}): OtelSubscriber {
  const settings = settingsOf(options);
  const { signals, tracerProvider, meterProvider, loggerProvider } = settings;
  const none = () => undefined;
  const findTracer = signals.includes("traces") ? tracerFinder(tracerProvider) : none;
  const findMeter = signals.includes("metrics") ? meterFinder(meterProvider) : none;
  const traces = new Traces(findTracer, settings);
  const metrics = new Metrics(findMeter, settings);
  const logs = signals.includes("logs") ? new LogSink(loggerSource(loggerProvider)) : undefined;
  const seen = new SeenIds(REMEMBERED_IDS);
  let replays = 0;
  let late = 0;
  let closed = false;
  const isInjected = tracerProvider !== undefined || meterProvider !== undefined;
  let isChecked = tracerProvider !== undefined && meterProvider !== undefined;

  /** Throws, once, if there is an SDK that can't be seen. */
  function check(): void {
    if (isChecked) return;
    isChecked = true;
    const mismatch = describeApiMismatch();
    if (mismatch !== undefined) throw new Error(mismatch);
  }

  return {
    name: "otel",
    begin: (start) => (closed ? undefined : traces.begin(start)),
    handle(event: AluminiEvent, context?: HandleContext) {
      if (closed) return;
      const logsIt = logs?.wants(event) ?? false;
      if (!logsIt && !isInjected && !isApiUsed()) return;
      if (logsIt || findTracer() !== undefined || findMeter() !== undefined) {
        if (!seen.add(event.id)) {
          replays++;
          return;
        }
        const relayed = context?.relayed ?? false;
        if (context?.late) late++;
        try {
          const around = logsIt ? traces.contextOf(event, relayed) : undefined;
          const webhook = traces.handle(event, relayed);
          if (around) logs?.handle(event, webhook ? api.trace.setSpanContext(around, webhook) : around);
        } finally {
          // A processor of the SDK may throw, but the event must be counted: if it comes again it is a replay.
          metrics.handle(event, context);
        }
      }
      check();
    },
    measure(measurement: Measurement) {
      if (!closed) metrics.measure(measurement);
    },
    registerRepository(name, details) {
      if (!closed) metrics.registerRepository(name, details);
    },
    removeRepository(name, details) {
      if (!closed) metrics.removeRepository(name, details);
    },
    async flush(signal) {
      traces.sweep();
      metrics.sweep();
      const flushes = [
        logs?.flush(),
        forceFlush(tracerProvider ?? api.trace.getTracerProvider()),
        forceFlush(meterProvider ?? api.metrics.getMeterProvider()),
      ];
      // One that fails must not cut the others short.
      await abortable(Promise.allSettled(flushes), signal);
      await Promise.all(flushes);
    },
    close() {
      if (closed) return;
      closed = true;
      traces.close();
      metrics.close();
    },
    stats: () => ({
      openSpans: traces.openSpans,
      orphans: traces.orphans,
      replays,
      late,
      droppedLinks: traces.droppedLinks,
    }),
  };
}
