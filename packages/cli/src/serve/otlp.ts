import type { Subscriber } from "@alumiini/core";
import { otelSubscriber } from "@alumiini/otel";
import { ConfigError } from "../config/types.js";

/** Traces, metrics and logs over OTLP. */
export interface Otlp {
  readonly subscriber: Subscriber;
  shutdown(): Promise<void>;
}

/**
 * Loads the OpenTelemetry SDK, which is no dependency: it is large, and few need it.
 *
 * @throws {ConfigError} where it is not installed
 */
export async function loadSdk() {
  const sdk = await import("@opentelemetry/sdk-node").catch(() => undefined);
  if (sdk !== undefined) return sdk;
  throw new ConfigError([
    "otlp.endpoint needs a package that is not installed: npm install @opentelemetry/sdk-node @opentelemetry/api",
  ]);
}

/** Starts the OpenTelemetry SDK. */
export async function startOtlp(endpoint: string): Promise<Otlp> {
  const sdk = await loadSdk();
  // The SDK reads the standard variables; what they say already stays.
  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint;
  process.env["OTEL_METRICS_EXPORTER"] ??= "otlp";
  process.env["OTEL_LOGS_EXPORTER"] ??= "otlp";
  const started = new sdk.NodeSDK({ serviceName: "alumiini", autoDetectResources: false });
  started.start();
  return { subscriber: otelSubscriber(), shutdown: () => started.shutdown() };
}
