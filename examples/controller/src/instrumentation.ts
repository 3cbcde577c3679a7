import { createTelemetry, describeFailure, type Telemetry } from "@alumiini/core";
import type { Sink } from "@alumiini/core/delivery";
import { detectResource, diagnosticsChannelSubscriber } from "@alumiini/core/node";
import { pinoBridge } from "@alumiini/pino-bridge";
import { prometheusSubscriber } from "@alumiini/prometheus";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { classifyError } from "./errors.js";

/** What telemetry is attached to. */
export interface InstrumentationOptions {
  /** On every event. Default: the cluster's name from the environment, else `local`. */
  readonly clusterId?: string | undefined;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Where events are delivered to besides; their metrics are exposed with the others. */
  readonly sinks?: readonly Sink[] | undefined;
}

/** All of the controller's telemetry set-up: one emitter, and a subscriber for each place that events go to. */
export function createInstrumentation({ clusterId, logger, registry, sinks = [] }: InstrumentationOptions): Telemetry {
  const resource = detectResource({ serviceName: "alumiini-example-controller" });
  const telemetry = createTelemetry({
    clusterId: clusterId ?? resource["k8s.cluster.name"] ?? "local",
    resource,
    classifyError,
    onFailure: (report) => logger.warn(describeFailure(report)),
  });
  telemetry.subscribe(prometheusSubscriber({ register: registry, sinks }));
  telemetry.subscribe(pinoBridge(logger));
  telemetry.subscribe(diagnosticsChannelSubscriber());
  for (const sink of sinks) telemetry.subscribe(sink);
  return telemetry;
}
