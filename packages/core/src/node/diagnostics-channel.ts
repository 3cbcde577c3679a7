import { type Channel, channel } from "node:diagnostics_channel";
import type { Subscriber } from "../emitter/subscriber.js";
import type { AluminiEvent, AnyEvent } from "../event/event.js";
import type { Measurement, MeasurementKind } from "../event/measurement.js";
import { EVENT_TYPES, type EventType, rowOf } from "../event/taxonomy.js";

/**
 * What is published: the measurements and metadata that the ADR's `:telemetry` event of the same name has, under the
 * ADR's names (ADR-004 section 4), and the whole event or measurement that they were taken from.
 */
export interface DiagnosticsMessage {
  /** `system_time` in milliseconds since the Unix epoch, `duration` in milliseconds, or `count`. */
  readonly measurements: Readonly<Record<string, number>>;
  readonly metadata: Readonly<Record<string, string | number>>;
  readonly event?: AluminiEvent;
  readonly measurement?: Measurement;
}

/** The ADR's `:telemetry` event name, joined by colons; what has neither start nor stop bears its own predicate. */
function channelOf(type: EventType): string {
  const { operation, phase } = rowOf(type);
  return `alumiini:${operation}:${phase === "event" ? type.slice(type.indexOf("_") + 1) : phase}`;
}

const CHANNEL_BY_KIND: Partial<Record<MeasurementKind, string>> = {
  cache_access: "alumiini:cache:access",
  worker_count: "alumiini:worker:count",
  worker_restart: "alumiini:worker:restart",
  error: "alumiini:error",
};

/**
 * A subscriber that publishes on `node:diagnostics_channel`, for third parties that import nothing of ours. The
 * channels bear the ADR's `:telemetry` event names, joined by colons: `alumiini:<operation>:start` and `:stop` of sync,
 * apply, drift and worker, `alumiini:git:stop`, `alumiini:webhook:received`, and for measurements
 * `alumiini:cache:access`, `alumiini:error`, `alumiini:worker:count` and `alumiini:worker:restart`. A failure is
 * published on `alumiini:error` too. Channels without listeners cost one look-up. What a listener throws is raised by
 * Node as an uncaught exception, as on every diagnostics channel.
 *
 * @example
 * ```ts
 * import { subscribe } from "node:diagnostics_channel";
 * import { createTelemetry } from "@alumiini/core";
 * import { diagnosticsChannelSubscriber } from "@alumiini/core/node";
 *
 * createTelemetry({ clusterId: "prod-us-east" }).subscribe(diagnosticsChannelSubscriber());
 * subscribe("alumiini:sync:stop", (message) => console.log(message));
 * ```
 */
export function diagnosticsChannelSubscriber(): Subscriber {
  const channels = new Map<string, Channel>();
  for (const name of [...EVENT_TYPES.map(channelOf), ...Object.values(CHANNEL_BY_KIND)]) {
    channels.set(name, channel(name));
  }
  const channelByType = new Map(EVENT_TYPES.map((type) => [type, channelOf(type)]));
  const publish = (name: string | undefined, make: () => DiagnosticsMessage) => {
    const target = name === undefined ? undefined : channels.get(name);
    if (target?.hasSubscribers) target.publish(make());
  };
  return {
    name: "diagnostics_channel",
    handle(event) {
      publish(channelByType.get(event.type), () => ofEvent(event));
      if (event.outcome === "failure" || event.outcome === "timeout") publish("alumiini:error", () => ofFailure(event));
    },
    measure(measurement) {
      publish(CHANNEL_BY_KIND[measurement.kind], () => ofMeasurement(measurement));
    },
  };
}

function ofEvent(event: AluminiEvent): DiagnosticsMessage {
  const fields: AnyEvent = event;
  const { phase, variant } = rowOf(fields.type);
  const measurements = phase === "start" ? { system_time: fields.timestamp } : { duration: fields.durationMs ?? 0 };
  const metadata = {
    repo_name: fields.repoName,
    ...(fields.trigger && { trigger: fields.trigger }),
    ...(phase !== "start" && { outcome: fields.outcome }),
    ...(variant && { operation: variant }),
    ...(fields.resourcesApplied !== undefined && { resources_applied: fields.resourcesApplied }),
    ...(fields.errorType && { error_type: fields.errorType }),
  };
  return { measurements, metadata, event };
}

function ofFailure(event: AluminiEvent): DiagnosticsMessage {
  const { repoName, errorType = "unknown", errorMessage }: AnyEvent = event;
  return { measurements: {}, metadata: errorMetadata(repoName, errorType, errorMessage), event };
}

function ofMeasurement(measurement: Measurement): DiagnosticsMessage {
  switch (measurement.kind) {
    case "cache_access":
      return {
        measurements: {},
        metadata: { cache_name: measurement.cacheName, result: measurement.result },
        measurement,
      };
    case "worker_count":
      return { measurements: { count: measurement.count }, metadata: {}, measurement };
    case "worker_restart":
      return { measurements: {}, metadata: { repo_name: measurement.repoName }, measurement };
    case "error": {
      const { repoName, errorType, errorMessage } = measurement;
      return { measurements: {}, metadata: errorMetadata(repoName, errorType, errorMessage), measurement };
    }
    default:
      return { measurements: {}, metadata: {}, measurement };
  }
}

function errorMetadata(repoName: string, errorType: string, message: string | undefined) {
  return { repo_name: repoName, error_type: errorType, ...(message && { message }) };
}
