/**
 * Throughput and CPU time of `kafkaSink` against its client by itself, in turn, in one process, on a Kafka of its own:
 * `node src/kafka.ts --help`.
 */
import { parseArgs } from "node:util";
import { ensureTopic } from "@alumiini/kafka-sink/kafkajs";
import { KafkaCluster } from "@alumiini-internal/test-support/kafka/cluster";
import { missingForKafka } from "@alumiini-internal/test-support/kafka/jars";
import { Kafka, logLevel } from "kafkajs";
import { type BatchPublisher, contenders } from "./contenders/kafka.ts";
import { describeThroughput, measure, median, type Throughput } from "./throughput.ts";

const USAGE = `Produces the same events with the sink and with its client alone, at the same batching and acks: -1.

  --client <kafkajs|platformatic>   default kafkajs
  --events <n>                      in each round; default 60000
  --rounds <n>                      default 9
  --batch <n>                       messages in one batch; default 500
  --in-flight <n>                   batches at once; default 4
  --partitions <n>                  default 6
  --linger <ms>                     how long the sink lets a batch fill; default 1000, so that its batches are about as
                                    full as those that the client alone is handed

Ends with 1 when a target is missed: throughput at least 0.95 of the client alone, CPU time at most 1.15 of it.
`;

const { values: options } = parseArgs({
  options: {
    client: { type: "string", default: "kafkajs" },
    events: { type: "string", default: "60000" },
    rounds: { type: "string", default: "9" },
    batch: { type: "string", default: "500" },
    "in-flight": { type: "string", default: "4" },
    partitions: { type: "string", default: "6" },
    linger: { type: "string", default: "1000" },
    help: { type: "boolean", default: false },
  },
});

/** Not what tests are content with: the broker is not what is measured. */
const FAST = {
  jvm: ["-Xmx512m"],
  properties: async () => ({ "num.network.threads": "3", "num.io.threads": "8" }),
};

if (options.help) process.stdout.write(USAGE);
else await main(Number(options.events), Number(options.rounds));

async function main(count: number, rounds: number): Promise<void> {
  const missing = await missingForKafka();
  if (missing !== undefined) throw new Error(missing);
  const cluster = await KafkaCluster.start(FAST);
  try {
    const kafka = new Kafka({ brokers: cluster.bootstrap, logLevel: logLevel.NOTHING });
    await ensureTopic(kafka, { topic: "bench", partitions: Number(options.partitions), replicationFactor: 1 });
    const batching = { topic: "bench", messages: Number(options.batch), inFlight: Number(options["in-flight"]) };
    const [ours, theirs] = await contenders(options.client, cluster.broker().address, batching, Number(options.linger));
    await measure(ours, count);
    await measure(theirs, count);
    const pairs: [Throughput, Throughput][] = [];
    for (let round = 0; round < rounds; round++) {
      // Who goes first changes from round to round.
      if (round % 2 === 0) pairs.push([await measure(ours, count), await measure(theirs, count)]);
      else {
        const first = await measure(theirs, count);
        pairs.push([await measure(ours, count), first]);
      }
    }
    report([ours, theirs], pairs);
    await ours.close();
    await theirs.close();
  } finally {
    await cluster.stop();
  }
}

function report(both: readonly [BatchPublisher, BatchPublisher], pairs: readonly [Throughput, Throughput][]): void {
  const print = (text: string) => process.stdout.write(`${text}\n`);
  const { client, batch, partitions } = options;
  print(
    `Node ${process.version}, ${client}, ${options["in-flight"]} batches of ${batch}, ${partitions} partitions, medians of ${pairs.length} rounds`,
  );
  for (const side of [0, 1] as const) {
    const rounds = pairs.map((pair) => pair[side]);
    const batch = Math.round(both[side].meanBatch());
    print(`${describeThroughput(both[side].name, rounds)}  ${batch} messages in a batch`);
  }
  const throughput = median(pairs.map(([ours, theirs]) => ours.rate / theirs.rate));
  const cpu = median(pairs.map(([ours, theirs]) => ours.cpu / theirs.cpu));
  print(`  throughput, at least 0.95: ${throughput.toFixed(2)} ${throughput >= 0.95 ? "pass" : "misses"}`);
  print(`  CPU, at most 1.15: ${cpu.toFixed(2)} ${cpu <= 1.15 ? "pass" : "misses"}`);
  if (throughput < 0.95 || cpu > 1.15) process.exitCode = 1;
}
