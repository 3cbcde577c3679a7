/**
 * Throughput and CPU time of `natsSink` against what one would write by hand, in turn, in one process, on streams of a
 * nats-server of its own: `node src/nats.ts --help`.
 */
import { parseArgs } from "node:util";
import { ensureStream } from "@alumiini/nats-sink";
import { NatsServer } from "@alumiini-internal/test-support/nats-server";
import { jetstream } from "@nats-io/jetstream";
import { connect as connectV3, headers as headersV3 } from "@nats-io/transport-node";
import { connect as connectV2, headers as headersV2 } from "nats";
import { type Client, jsPublish, ownInbox, sink } from "./contenders/nats.ts";
import { describeThroughput, measure, median, type Throughput } from "./throughput.ts";

const USAGE = `Publishes the same events to JetStream in three ways and compares them.

  --client <v2|v3>   default v3
  --events <n>       in each round; default 40000
  --rounds <n>       default 7
  --window <n>       messages under way at once; default 1024

Ends with 1 when a target is missed: throughput at least 0.9 of the hand-written loop and 3.5 of js.publish, CPU time
for one message at most 1.15 of the loop.
`;

const { values: options } = parseArgs({
  options: {
    client: { type: "string", default: "v3" },
    events: { type: "string", default: "40000" },
    rounds: { type: "string", default: "7" },
    window: { type: "string", default: "1024" },
    help: { type: "boolean", default: false },
  },
});

if (options.help) process.stdout.write(USAGE);
else await main(Number(options.events), Number(options.rounds), Number(options.window));

async function main(count: number, rounds: number, window: number): Promise<void> {
  const server = await NatsServer.start();
  const client = await (options.client === "v2" ? openV2(server.url) : openV3(server.url));
  await ensureStream(client.connection, { name: "BENCH", replicas: 1, maxBytes: 2 ** 33 });
  const publishers = [sink(client, window), ownInbox(client, window), jsPublish(client, window)];
  const figures = new Map<string, Throughput[]>(publishers.map(({ name }) => [name, []]));
  for (const publisher of publishers) await measure(publisher, Math.ceil(count / 4));
  for (let round = 0; round < rounds; round++) {
    // Who goes first, and after whom each goes, changes from round to round.
    const turned = [...publishers.slice(round % 3), ...publishers.slice(0, round % 3)];
    for (const publisher of round % 2 === 0 ? turned : turned.reverse()) {
      await client.connection.request("$JS.API.STREAM.PURGE.BENCH", undefined, { timeout: 10_000 });
      figures.get(publisher.name)?.push(await measure(publisher, count));
    }
  }
  for (const publisher of publishers) await publisher.close();
  await client.connection.close();
  await server.stop();
  report(figures, window);
}

function report(figures: ReadonlyMap<string, readonly Throughput[]>, window: number): void {
  const of = (name: string) => figures.get(name) ?? [];
  const print = (text: string) => process.stdout.write(`${text}\n`);
  print(
    `Node ${process.version}, client ${options.client}, window ${window}, medians of ${of("natsSink").length} rounds`,
  );
  for (const [name, runs] of figures) print(describeThroughput(name, runs));
  const ratio = (name: string, pick: (run: Throughput) => number) =>
    median(of("natsSink").map((run, index) => pick(run) / pick(of(name)[index] ?? run)));
  const results: [string, number, boolean][] = [
    ["throughput to own inbox, at least 0.9", ratio("own inbox", (run) => run.rate), true],
    ["throughput to js.publish, at least 3.5", ratio("js.publish", (run) => run.rate), true],
    ["CPU to own inbox, at most 1.15", ratio("own inbox", (run) => run.cpu), false],
  ];
  for (const [name, value, atLeast] of results) {
    const target = Number(name.split(" ").at(-1));
    const passes = atLeast ? value >= target : value <= target;
    if (!passes) process.exitCode = 1;
    print(`  ${name}: ${value.toFixed(2)} ${passes ? "pass" : "misses"}`);
  }
}

async function openV3(url: string): Promise<Client> {
  const connection = await connectV3({ servers: url });
  const js = jetstream(connection);
  return { connection, headers: headersV3, jsPublish: (subject, body, msgID) => js.publish(subject, body, { msgID }) };
}

async function openV2(url: string): Promise<Client> {
  const connection = await connectV2({ servers: url });
  const js = connection.jetstream();
  return { connection, headers: headersV2, jsPublish: (subject, body, msgID) => js.publish(subject, body, { msgID }) };
}
