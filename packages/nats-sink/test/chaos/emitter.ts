/** The process that is killed. */
import { eventSubject, natsSink } from "@alumiini/nats-sink";
import { fileOutbox } from "@alumiini/outbox";
import { emission } from "@alumiini-internal/test-support/chaos/emission";
import { isBad } from "@alumiini-internal/test-support/chaos/poison";
import { connect as connectV3 } from "@nats-io/transport-node";
import { connect as connectV2 } from "nats";

const { outboxDirectory, own, onDeadLetter, emit } = emission();
const [client, servers = ""] = own;

const outbox = fileOutbox({ directory: outboxDirectory });
const sink = natsSink({
  servers,
  connect: client === "v2" ? (options) => connectV2(options) : (options) => connectV3(options),
  connectOptions: { reconnectTimeWait: 50, reconnectJitter: 20 },
  stream: "EVENTS",
  attemptTimeoutMs: 5000,
  // Bad events have a subject that no stream takes, or none that can be.
  subject(event) {
    if (event.type !== "sync_completed" || !isBad(event.durationMs ?? 0)) return eventSubject(event);
    return (event.durationMs ?? 0) % 400 === 0 ? "not a subject" : "taken.by.no.stream";
  },
  retry: { initialDelayMs: 20, maxDelayMs: 300, maxAttempts: 6 },
  outbox,
  onDeadLetter,
  onFailure: () => {},
});
await emit(sink, outbox);
