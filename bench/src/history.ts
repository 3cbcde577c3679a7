import { mkdtemp, readFile, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { duckdbStore, type History, openHistory, postgresStore } from "@alumiini/history";
import { PostgresServer } from "@alumiini-internal/test-support/postgres-server";
import { BlockMeter, type Cost, costOf } from "./history/cost.ts";
import { eventsOfYear } from "./history/events.ts";
import { duckdbRaw, postgresRaw, type RawStore, rawRowOf, verifySame } from "./history/raw.ts";

const USAGE = `Measures the intake of a history, projections included, and writes that only append the same raw rows, in turn.

  --engine <name>  duckdb or postgresql; default duckdb
  --events <n>     default 300000
  --group <n>      rows of a transaction; default 400

The target is that of one core: run it with "taskset -c 1 node src/history.ts". With several, DuckDB and the garbage
collector take what the host leaves idle, of which raw writes have less to take.

Ends with 1 when a target is missed.
`;

/** Events that one side writes before the other has its turn. Each turn is long enough to have its checkpoints. */
const TURN = 50_000;
const MARKS = [100_000, 1_000_000];
const TARGET = 0.5;
/** Groups of 400 that are under way at a time: 4,000 events, as of a JetStream consumer by default. */
const UNDER_WAY = 10;
const LONGEST_BLOCK_MS = 50;

const { values: options } = parseArgs({
  options: {
    engine: { type: "string", default: "duckdb" },
    events: { type: "string", default: "300000" },
    group: { type: "string", default: "400" },
    help: { type: "boolean", default: false },
  },
});

if (options.help) process.stdout.write(USAGE);
else if (options.engine === "duckdb" || options.engine === "postgresql") await main(options.engine);
else throw new RangeError("--engine must be duckdb or postgresql");

async function main(engine: "duckdb" | "postgresql"): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "history-bench-"));
  const server = engine === "postgresql" ? await PostgresServer.start() : undefined;
  const store =
    server === undefined
      ? duckdbStore({ path: join(directory, "history.duckdb") })
      : postgresStore({ connectionString: server.url });
  const history = await openHistory({ store });
  const raw =
    server === undefined
      ? await duckdbRaw(join(directory, "raw.duckdb"))
      : await postgresRaw(server.url, "alumiini_history");
  try {
    await verifyFirst(history, join(directory, "first.ndjson"));
    await compare(engine, history, raw);
  } finally {
    await history.close();
    await raw.close();
    await server?.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Both sides write the same rows of an event. */
async function verifyFirst(history: History, file: string): Promise<void> {
  const [event] = eventsOfYear(0, 1);
  if (event === undefined) return;
  await history.intake([{ value: event, source: "bench", sequence: null }]);
  await history.flush();
  await history.export({ table: "events", format: "ndjson", file });
  verifySame(JSON.parse(await readFile(file, "utf8")), rawRowOf(event));
}

async function compare(engine: string, history: History, raw: RawStore): Promise<void> {
  const total = wholeNumber("--events", options.events);
  const group = wholeNumber("--group", options.group);
  const ratios: Cost[] = [];
  const blocks = new BlockMeter();
  for (let from = 1; from < total; from += TURN) {
    const events = eventsOfYear(from, Math.min(from + TURN, total));
    const rows = events.map(rawRowOf);
    const ours = (): Promise<Cost> =>
      costOf(async () => {
        blocks.start();
        await inGroups(events, group, (some) =>
          history.intake(some.map((value) => ({ value, source: "bench", sequence: null }))),
        );
        blocks.stop();
      });
    const theirs = (): Promise<Cost> => costOf(() => inGroups(rows, group, (some) => raw.append(some)));
    const oursFirst = ratios.length % 2 === 0;
    const first = await (oursFirst ? ours() : theirs());
    const second = await (oursFirst ? theirs() : ours());
    const [mine, other] = oursFirst ? [first, second] : [second, first];
    ratios.push({ cpuMs: other.cpuMs / mine.cpuMs, wallMs: other.wallMs / mine.wallMs });
    if (MARKS.includes(from + TURN - 1)) {
      const lately = ratios.slice(-10).map(({ cpuMs, wallMs }) => (engine === "duckdb" ? cpuMs : wallMs));
      print(`at ${from + TURN - 1} events: ratio ${quantile(lately, 0.5).toFixed(2)}`);
    }
  }
  const { usedBytes } = await history.store.size();
  const { events } = await history.stats();
  if (events !== total) throw new Error(`stored ${events} events of ${total}`);
  const [cpu, wall] = [ratios.map(({ cpuMs }) => cpuMs), ratios.map(({ wallMs }) => wallMs)];
  // PostgreSQL's own CPU time is another process's.
  const ratio = quantile(engine === "duckdb" ? cpu : wall, 0.5);
  print(
    `intake of ${total} events on ${engine}, ${group} to a group, ${availableParallelism()} cores, to raw writes of the same rows:`,
    `  by CPU time of this process ${quantile(cpu, 0.5).toFixed(2)} (${quantile(cpu, 0.25).toFixed(2)} to ${quantile(cpu, 0.75).toFixed(2)})`,
    `  by the clock ${quantile(wall, 0.5).toFixed(2)} (${quantile(wall, 0.25).toFixed(2)} to ${quantile(wall, 0.75).toFixed(2)})`,
    `  target >= ${TARGET}${engine === "duckdb" ? ", by CPU time" : ", by the clock"}`,
    `  longest block of the event loop ${blocks.longestMs.toFixed(0)} ms of CPU, target <= ${LONGEST_BLOCK_MS}`,
    `  ${Math.round(usedBytes / 2 ** 20)} MiB in use, RSS ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB (both sides)`,
  );
  if (ratio < TARGET || blocks.longestMs > LONGEST_BLOCK_MS) process.exitCode = 1;
}

/** Some groups are under way at a time, as those of a consumer are: it reads on while it waits for commits. */
async function inGroups<T>(items: readonly T[], size: number, write: (group: T[]) => Promise<unknown>): Promise<void> {
  const underWay: Promise<unknown>[] = [];
  for (let at = 0; at < items.length; at += size) {
    underWay.push(write(items.slice(at, at + size)));
    if (underWay.length >= UNDER_WAY) await underWay.shift();
  }
  await Promise.all(underWay);
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(part * (sorted.length - 1))] ?? Number.NaN;
}

function print(...lines: string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`${name} must be a whole number of 1 or more`);
  return value;
}
