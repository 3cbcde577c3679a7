import { jetstream } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { consumeJetStream } from "../../src/consume/jetstream/consume.js";
import { duckdbStore } from "../../src/store/duckdb/duckdb-store.js";
import { postgresStore } from "../../src/store/postgres/postgres-store.js";
import { payload, SampleTarget, STREAM_TABLES } from "./sample-target.js";

/** One half of a pipeline, to be killed: `emit <nats> <from> <to>` or `consume <nats> <options of a store>`. */
const [role, url = "", ...args] = process.argv.slice(2);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const connection = await connect({
  servers: url,
  maxReconnectAttempts: -1,
  reconnectTimeWait: 50,
  waitOnFirstConnect: true,
});

if (role === "emit") await emit(Number(args[0]), Number(args[1]));
else await consume(args[0] ?? "");

async function emit(from: number, to: number): Promise<void> {
  const js = jetstream(connection);
  for (let n = from; n < to; n += 200) {
    const numbers = Array.from({ length: Math.min(200, to - n) }, (_, index) => n + index);
    await Promise.all(numbers.map((number) => publish(js, number)));
    // What the broker has confirmed: none of it may be lost.
    say(`accepted ${n + numbers.length}`);
  }
  say("emitted");
  await connection.close();
}

async function publish(js: ReturnType<typeof jetstream>, n: number): Promise<void> {
  for (;;) {
    try {
      await js.publish("events.a", payload(n), { timeout: 2_000 });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function consume(options: string): Promise<void> {
  const read: { path: string } | { connectionString: string; schema: string } = JSON.parse(options);
  const engine = "path" in read ? duckdbStore(read) : postgresStore(read);
  const store = await untilOpen(() => engine.open(STREAM_TABLES, ({ code }) => say(`warned ${code}`)));
  const target = new SampleTarget(store, { maxDelayMs: 50, retry: { firstMs: 50, longestMs: 500 } });
  await untilOpen(() =>
    consumeJetStream(
      { connection, stream: "events", durable: "history", ackWaitMs: 2_000, positionEveryMs: 200 },
      target,
    ),
  );
  say("consuming");
}

/** The database or the broker may have been killed too. */
async function untilOpen<T>(open: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await open();
    } catch (error) {
      process.stderr.write(`${error}\n`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
