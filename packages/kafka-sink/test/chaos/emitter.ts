/**
 * The process that is killed: emits numbered events into a sink with an outbox. `emitting <to>` is in its journal before
 * the events up to there are emitted, `kept <from> <to>` once the outbox has confirmed them, `end <stats>` at the end.
 */
import { openSync, writeSync } from "node:fs";
import { createTelemetry } from "@alumiini/core";
import { kafkaSink } from "@alumiini/kafka-sink";
import { kafkajsProducer } from "@alumiini/kafka-sink/kafkajs";
import { platformaticProducer } from "@alumiini/kafka-sink/platformatic";
import { fileOutbox } from "@alumiini/outbox";
import { Producer } from "@platformatic/kafka";
import { Kafka, logLevel } from "kafkajs";

/** Events between two confirmations. */
const GROUP = 50;

const [client = "", broker = "", topic = "", directory = "", journal = "", first, last] = process.argv.slice(2);
const file = openSync(journal, "a");
const note = (line: string) => writeSync(file, `${line}\n`);

function createProducer() {
  if (client === "kafkajs") {
    const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING, retry: { retries: 0 } });
    return kafkajsProducer(kafka);
  }
  return platformaticProducer(
    (settings) => new Producer({ clientId: "chaos", bootstrapBrokers: [broker], ...settings }),
  );
}

// The sink itself keeps no process alive.
const alive = setInterval(() => {}, 1000);
const outbox = fileOutbox({ directory });
const sink = kafkaSink({
  producer: createProducer(),
  topic,
  outbox,
  attemptTimeoutMs: 3000,
  retry: { maxDelayMs: 500 },
  onFailure: () => {},
});
const telemetry = createTelemetry({ clusterId: "chaos" });
telemetry.subscribe(sink);

for (let from = Number(first); from <= Number(last); from += GROUP) {
  // More than memory holds, so that some is in the outbox alone.
  while (sink.stats().pending > 15_000) await new Promise((resolve) => setTimeout(resolve, 5));
  const to = Math.min(from + GROUP - 1, Number(last));
  note(`emitting ${to}`);
  for (let number = from; number <= to; number++) {
    const repoName = `app-${(number * 31) % 29}`;
    telemetry.emit("sync_completed", { repoName, namespace: "team", trigger: "poll", durationMs: number });
  }
  await outbox.flush();
  note(`kept ${from} ${to}`);
}
// Only when the outbox is open does the sink know what an earlier process left.
await sink.ready();
await outbox.flush();
await sink.flush();
note(`end ${JSON.stringify(sink.stats())}`);
await telemetry.close();
clearInterval(alive);
