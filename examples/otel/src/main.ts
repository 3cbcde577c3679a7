import { createTelemetry, describeFailure } from "@alumiini/core";
import { alumiiniResource, otelSubscriber } from "@alumiini/otel";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import { NodeSDK } from "@opentelemetry/sdk-node";

// Traces, metrics and log events over OTLP/HTTP, to OTEL_EXPORTER_OTLP_ENDPOINT or http://localhost:4318.
process.env["OTEL_METRICS_EXPORTER"] ??= "otlp";
process.env["OTEL_LOGS_EXPORTER"] ??= "otlp";
// The default resource has the telemetry.sdk.* attributes that the conventions require.
const resource = defaultResource().merge(
  resourceFromAttributes(alumiiniResource({ serviceName: "alumiini", serviceVersion: "1.0.0" })),
);
// The SDK's own detectors would put a random service.instance.id in place of the pod's.
const sdk = new NodeSDK({ resource, autoDetectResources: false });
sdk.start();

const telemetry = createTelemetry({
  clusterId: "prod-us-east",
  onFailure: (report) => process.stderr.write(`${describeFailure(report)}\n`),
});
telemetry.subscribe(otelSubscriber());

await telemetry.run("sync", { repoName: "my-app", namespace: "default", trigger: "poll" }, async (sync) => {
  await sync.run("git", { operation: "fetch" }, async (git) => git.complete({ commit: "4f2a91c" }));
  await sync.run("apply", {}, async (apply) => apply.complete({ resourcesApplied: 5 }));
  sync.complete({ commit: "4f2a91c", resourcesApplied: 5 });
});

// Ours first, the SDK last: what we end goes out with it.
await telemetry.close().catch((error: unknown) => process.stderr.write(`${error}\n`));
await sdk.shutdown();
