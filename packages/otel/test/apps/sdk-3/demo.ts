import { otelSubscriber } from "@alumiini/otel";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { pino } from "pino";
import { Registry } from "prom-client";
import { Demo } from "../../../../../examples/controller/src/demo/demo.js";
import { createInstrumentation } from "../../../../../examples/controller/src/instrumentation.js";

// The demo of the example controller, on its real git repositories, with OpenTelemetry beside its own set-up.
const sdk = new NodeSDK();
sdk.start();
const logger = pino({ level: "silent" });
const registry = new Registry();
const telemetry = createInstrumentation({ clusterId: "demo", logger, registry });
telemetry.subscribe(otelSubscriber());
const demo = new Demo({ repositories: [], port: 0, telemetry, registry, logger, print: () => {} });
const passed = await demo.run();
await demo.close();
await telemetry.close();
await sdk.shutdown();
if (!passed) throw new Error("the demo did not see the events that it must");
