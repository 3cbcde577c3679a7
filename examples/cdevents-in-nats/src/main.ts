import { CDEVENTS_SUBJECTS, cdevents } from "@alumiini/cdevents";
import { createTelemetry } from "@alumiini/core";
import { sampleEvents } from "@alumiini/core/testing";
import { ensureStream, natsSink } from "@alumiini/nats-sink";
import { connect } from "@nats-io/transport-node";

const servers = process.env["NATS_URL"] ?? "nats://127.0.0.1:4222";

// Once, from your infrastructure code. A single server has 1 replica, production has 3.
const connection = await connect({ servers });
await ensureStream(connection, { name: "CDEVENTS", subjects: CDEVENTS_SUBJECTS, replicas: 1 });
await connection.close();

const source = "https://gitops.example.com/clusters/prod-us-east";
const sink = natsSink({ servers, stream: "CDEVENTS", encode: cdevents({ profile: "0.5.1", source }) });
const telemetry = createTelemetry({ clusterId: "prod-us-east" });
telemetry.subscribe(sink);

// A controller emits these while it works; here, one of each type.
for (const event of sampleEvents()) sink.handle(event);

await telemetry.close();
const { accepted, delivered } = sink.stats();
// biome-ignore lint/suspicious/noConsole: the one line that this program prints
console.log(`${delivered} of ${accepted} CloudEvents stored`);
