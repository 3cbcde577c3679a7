import type { AluminiEvent, Measurement, Subscriber } from "@alumiini/core";
import { abortable } from "@alumiini/delivery";
import * as api from "@opentelemetry/api";
import { LogSink } from "./log-sink.js";
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
  /** Spans that were ended because nothing else ended them: too old, too many, or open at `close`. */
  readonly orphans: number;
  /** Events that had come before, by their id, and changed nothing. */
  readonly replays: number;
  /** Webhooks that were forgotten before a sync could be linked to them. */
  readonly droppedLinks: number;
}

/** The subscriber, and what it counts of itself. */
export interface OtelSubscriber extends Subscriber {
  stats(): OtelStats;
}

/**
 * Makes the subscriber that turns events into OpenTelemetry's traces, metrics and log events (ADR-004 section 2). It
 * uses the providers that it is given, else the global ones, and registers nothing itself; while there are none it does
 * nothing. `flush` has the SDK send what it holds; the SDK is yours to shut down, after `telemetry.close()`.
 *
 * Where the application has registered its SDK with a version of `@opentelemetry/api` that this package can't see, the
 * first event fails, so that `onFailure` tells.
 *
 * @throws {RangeError} when a number among the options is out of range.
 * @throws {TypeError} when `signals` names one that doesn't exist.
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
  let closed = false;
  const isInjected = tracerProvider !== undefined || meterProvider !== undefined;
  let isChecked = tracerProvider !== undefined && meterProvider !== undefined;

  /** Throws, once, where the SDK is there and can't be seen. */
  function check(): void {
    if (isChecked) return;
    isChecked = true;
    const mismatch = describeApiMismatch();
    if (mismatch !== undefined) throw new Error(mismatch);
  }

  return {
    name: "otel",
    begin: (start) => (closed ? undefined : traces.begin(start)),
    handle(event: AluminiEvent) {
      if (closed) return;
      const logsIt = logs?.wants(event) ?? false;
      if (!logsIt && !isInjected && !isApiUsed()) return;
      if (logsIt || findTracer() !== undefined || findMeter() !== undefined) {
        if (!seen.add(event.id)) {
          replays++;
          return;
        }
        try {
          const context = logsIt ? traces.contextOf(event) : undefined;
          const webhook = traces.handle(event);
          if (context) logs?.handle(event, webhook ? api.trace.setSpanContext(context, webhook) : context);
        } finally {
          // Whatever a processor of the SDK throws: an event that comes again would not be counted any more.
          metrics.handle(event);
        }
      }
      check();
    },
    measure(measurement: Measurement) {
      if (!closed) metrics.measure(measurement);
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
      droppedLinks: traces.droppedLinks,
    }),
  };
}
