import { createTelemetry, describeFailure, type Telemetry } from "@alumiini/core";
import { detectResource, diagnosticsChannelSubscriber } from "@alumiini/core/node";
import type { Sink } from "@alumiini/delivery";
import { pinoBridge } from "@alumiini/pino-bridge";
import { prometheusSubscriber } from "@alumiini/prometheus";
import type { Logger } from "pino";
import { collectDefaultMetrics, type Registry } from "prom-client";
import { classifyError } from "./errors.js";
import type { Repository } from "./repository.js";

/** What telemetry is attached to. */
export interface InstrumentationOptions {
  /** On every event. Default: the cluster's name from the environment, else `local`. */
  readonly clusterId?: string | undefined;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Known before anything happens to them, so that a first sync that never comes is noticed. */
  readonly repositories?: readonly Repository[] | undefined;
  /** Where events are delivered to besides; their metrics are exposed with the others. */
  readonly sinks?: readonly Sink[] | undefined;
}

/** All of the controller's telemetry set-up: one emitter, and a subscriber for each place that events go to. */
export function createInstrumentation(options: InstrumentationOptions): Telemetry {
  const { clusterId, logger, registry, repositories = [], sinks = [] } = options;
  const resource = detectResource({ serviceName: "alumiini-example-controller" });
  const telemetry = createTelemetry({
    clusterId: clusterId ?? resource["k8s.cluster.name"] ?? "local",
    resource,
    classifyError,
    onFailure: (report) => logger.warn(describeFailure(report)),
  });
  // The process itself: an alert tells crash loops by its start, and the dashboards show it.
  collectDefaultMetrics({ register: registry });
  const prometheus = prometheusSubscriber({ register: registry, sinks });
  for (const { name, namespace, branch } of repositories) prometheus.registerRepository(name, { namespace, branch });
  telemetry.subscribe(prometheus);
  telemetry.subscribe(pinoBridge(logger));
  telemetry.subscribe(diagnosticsChannelSubscriber());
  for (const sink of sinks) telemetry.subscribe(sink);
  return telemetry;
}
