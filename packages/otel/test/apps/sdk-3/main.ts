import { alumiiniResource, otelSubscriber } from "@alumiini/otel";
import { trace } from "@opentelemetry/api";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { runController } from "../controller.js";

// An application that sets up SDK 3 its own way. Endpoint, protocol and exporters come from the environment.
const sdk = new NodeSDK({
  resource: defaultResource().merge(resourceFromAttributes(alumiiniResource({ serviceVersion: "1.4.0" }))),
  // The detectors of SDK 3 would put a random service.instance.id in place of ours.
  autoDetectResources: false,
});
sdk.start();

const http = trace.getTracer("http-client");
await runController(otelSubscriber(), async (url) => {
  await Promise.resolve();
  http.startSpan("GET", { attributes: { "url.full": url } }).end();
});
await sdk.shutdown();
