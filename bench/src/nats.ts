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
import { makeEvents } from "./events.ts";
import { type Client, jsPublish, ownInbox, type Publisher, sink } from "./nats-contenders.ts";

const USAGE = `Publishes the same events to JetStream in three ways and compares them.

  --client <v2|v3>   default v3
  --events <n>       in each round; default 40000
  --rounds <n>       default 7
  --window <n>       messages under way at once; default 1024

Ends with 1 when a target is missed: throughput at least 0.9 of the hand-written loop and 3.5 of js.publish, CPU time
for one message at most 1.15 of the loop.
`;

interface Figures {
  /** Messages in a second. */
  readonly rate: number;
  /** Microseconds of this process's CPU time for one message. */
  readonly cpu: number;
}

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
  const figures = new Map<string, Figures[]>(publishers.map(({ name }) => [name, []]));
  for (const publisher of publishers) await measure(publisher, Math.ceil(count / 4));
  for (let round = 0; round < rounds; round++) {
    // Who goes first changes from round to round.
    for (let index = 0; index < publishers.length; index++) {
      const publisher = publishers[(index + round) % publishers.length];
      if (publisher === undefined) continue;
      await client.connection.request("$JS.API.STREAM.PURGE.BENCH", undefined, { timeout: 10_000 });
      figures.get(publisher.name)?.push(await measure(publisher, count));
    }
  }
  for (const publisher of publishers) await publisher.close();
  await client.connection.close();
  await server.stop();
  report(figures, window);
}

async function measure(publisher: Publisher, count: number): Promise<Figures> {
  const events = makeEvents(count);
  const cpu = process.cpuUsage();
  const started = performance.now();
  await publisher.publish(events);
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { rate: count / seconds, cpu: (user + system) / count };
}

function report(figures: ReadonlyMap<string, readonly Figures[]>, window: number): void {
  const of = (name: string) => figures.get(name) ?? [];
  const print = (text: string) => process.stdout.write(`${text}\n`);
  print(
    `Node ${process.version}, client ${options.client}, window ${window}, medians of ${of("natsSink").length} rounds`,
  );
  for (const [name, runs] of figures) {
    const rate = Math.round(median(runs.map((run) => run.rate)));
    print(
      `  ${name.padEnd(10)} ${String(rate).padStart(7)} msgs/s  ${median(runs.map((run) => run.cpu)).toFixed(1)} µs CPU`,
    );
  }
  const ratio = (name: string, pick: (run: Figures) => number) =>
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

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
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
