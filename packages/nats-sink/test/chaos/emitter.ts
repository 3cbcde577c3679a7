/**
 * The process that is killed: emits numbered events into a sink with an outbox, and keeps a journal of what it did.
 * `emit a b` is written before the events a to b are emitted, `safe a b` once the outbox has confirmed them.
 */
import { openSync, writeSync } from "node:fs";
import { createTelemetry } from "@alumiini/core";
import { natsSink } from "@alumiini/nats-sink";
import { fileOutbox } from "@alumiini/outbox";
import { connect as connectV3 } from "@nats-io/transport-node";
import { connect as connectV2 } from "nats";

/** Events between two confirmations. */
const CHUNK = 50;

const [client, servers, directory, journal, first, last] = process.argv.slice(2);
if (directory === undefined || journal === undefined || servers === undefined) throw new Error("arguments are missing");

const file = openSync(journal, "a");
const note = (line: string) => writeSync(file, `${line}\n`);

const outbox = fileOutbox({ directory });
const sink = natsSink({
  servers,
  connect: client === "v2" ? (options) => connectV2(options) : (options) => connectV3(options),
  connectOptions: { reconnectTimeWait: 50, reconnectJitter: 20 },
  stream: "EVENTS",
  attemptTimeoutMs: 5000,
  retry: { maxDelayMs: 500 },
  outbox,
  onFailure: ({ kind, message }) => note(`failure ${kind} ${message}`),
});
const telemetry = createTelemetry({ clusterId: "chaos" });
telemetry.subscribe(sink);

for (let number = Number(first); number <= Number(last); number += CHUNK) {
  // Far more than memory holds, so that the rest is in the outbox alone.
  while (sink.stats().pending > 20_000) await new Promise((resolve) => setTimeout(resolve, 5));
  const end = Math.min(number + CHUNK - 1, Number(last));
  note(`emit ${number} ${end}`);
  for (let each = number; each <= end; each++) {
    const repoName = `app-${(each * 7919) % 23}`;
    telemetry.emit("sync_completed", { repoName, namespace: "team", trigger: "poll", durationMs: each });
  }
  await outbox.flush();
  note(`safe ${number} ${end}`);
}
// What an earlier process left is known only when the outbox is open.
await sink.ready();
await outbox.flush();
await sink.flush();
const { accepted, recovered, delivered, dropped, pending, retries } = sink.stats();
note(`stats ${JSON.stringify({ accepted, recovered, delivered, dropped, pending, retries })}`);
await telemetry.close();
