/** The process that is killed. */
import { natsSink } from "@alumiini/nats-sink";
import { fileOutbox } from "@alumiini/outbox";
import { emission } from "@alumiini-internal/test-support/chaos/emission";
import { connect as connectV3 } from "@nats-io/transport-node";
import { connect as connectV2 } from "nats";

const { outboxDirectory, own, emit } = emission();
const [client, servers = ""] = own;

const outbox = fileOutbox({ directory: outboxDirectory });
const sink = natsSink({
  servers,
  connect: client === "v2" ? (options) => connectV2(options) : (options) => connectV3(options),
  connectOptions: { reconnectTimeWait: 50, reconnectJitter: 20 },
  stream: "EVENTS",
  attemptTimeoutMs: 5000,
  retry: { maxDelayMs: 500 },
  outbox,
  onFailure: () => {},
});
await emit(sink, outbox);
