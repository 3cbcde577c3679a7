import { parseArgs } from "node:util";
import { createTelemetry, TRIGGERS } from "@alumiini/core";
import { metricsFetchHandler, prometheusSubscriber } from "@alumiini/prometheus";
import { Registry } from "prom-client";

const USAGE = `Scrapes one registry in turn through registry.metrics() and through our handler.

  --repositories <n>   repositories with every series; default 1000
  --rounds <n>         how often each is scraped; default 11
  --help               this text

Ends with 1 when a target is missed.
`;

/** The greatest share of prom-client's longest block that ours may have. */
const BLOCK_TARGET = 0.2;
/** The greatest ratio of our whole scrape to prom-client's. */
const TOTAL_TARGET = 1;

interface Scrape {
  readonly totalMs: number;
  /** The longest time for which nothing else ran. */
  readonly blockMs: number;
  readonly text: string;
}

const { values: options } = parseArgs({
  options: {
    repositories: { type: "string", default: "1000" },
    rounds: { type: "string", default: "11" },
    help: { type: "boolean", default: false },
  },
});

if (options.help) process.stdout.write(USAGE);
else await main(Number(options.repositories), Number(options.rounds));

async function main(repositories: number, rounds: number): Promise<void> {
  const register = fill(repositories);
  const handler = metricsFetchHandler({ register });
  const ours = () => measure(async () => piecesOf(await handler(new Request("http://localhost/metrics"))));
  const theirs = () => measure(async () => [await register.metrics()]);

  const [first, second] = [await ours(), await theirs()];
  const lines = linesOf(first.text);
  if (lines.join("\n") !== linesOf(second.text).join("\n")) throw new Error("The two texts have different samples");

  const pairs: { readonly ours: Scrape; readonly theirs: Scrape }[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) pairs.push({ ours: await ours(), theirs: await theirs() });
    else {
      const before = await theirs();
      pairs.push({ ours: await ours(), theirs: before });
    }
  }
  const block = median(pairs.map((pair) => pair.ours.blockMs / pair.theirs.blockMs));
  const total = median(pairs.map((pair) => pair.ours.totalMs / pair.theirs.totalMs));
  const show = (of: (scrape: Scrape) => number) =>
    `${median(pairs.map((pair) => of(pair.ours))).toFixed(1)} ms, registry.metrics() ${median(pairs.map((pair) => of(pair.theirs))).toFixed(1)} ms`;
  process.stdout.write(
    `Node ${process.version}: ${repositories} repositories, ${lines.length} samples, ` +
      `${(first.text.length / 1e6).toFixed(1)} MB\n` +
      `  longest block  ${show((scrape) => scrape.blockMs)}: ${block.toFixed(2)}x, target <= ${BLOCK_TARGET}x\n` +
      `  whole scrape   ${show((scrape) => scrape.totalMs)}: ${total.toFixed(2)}x, target <= ${TOTAL_TARGET}x\n`,
  );
  if (block > BLOCK_TARGET || total > TOTAL_TARGET) process.exitCode = 1;
}

/** Lets every repository do everything once, so that each of its series has a value. */
function fill(repositories: number): Registry {
  const register = new Registry();
  const telemetry = createTelemetry({ clusterId: "bench" });
  telemetry.subscribe(prometheusSubscriber({ register, maxRepositories: repositories }));
  for (let index = 0; index < repositories; index++) {
    const repository = { repoName: `team-${index % 40}-app-${index}`, namespace: "team-a", durationMs: index * 7 };
    telemetry.emit("git_cloned", repository);
    telemetry.emit("git_fetched", repository);
    for (const trigger of TRIGGERS) telemetry.emit("sync_completed", { ...repository, trigger });
    const resources = ["Deployment", "Service", "ConfigMap"].map((kind) => ({ kind, name: "web" }));
    telemetry.emit("apply_completed", { ...repository, resources });
    telemetry.measure("worker_memory", { repoName: repository.repoName, bytes: index });
  }
  return register;
}

/** The body as it comes: whoever sends it on puts nothing together. */
async function piecesOf(response: Response): Promise<string[]> {
  const pieces: string[] = [];
  const decoder = new TextDecoder();
  for await (const piece of response.body ?? []) pieces.push(decoder.decode(piece, { stream: true }));
  return pieces;
}

async function measure(scrape: () => Promise<readonly string[]>): Promise<Scrape> {
  let blockMs = 0;
  let last = performance.now();
  let watching = true;
  const watch = () => {
    const now = performance.now();
    blockMs = Math.max(blockMs, now - last);
    last = now;
    if (watching) setImmediate(watch);
  };
  setImmediate(watch);
  // The watcher runs before anything else does.
  await new Promise((resolve) => setImmediate(resolve));
  blockMs = 0;
  const start = performance.now();
  const pieces = await scrape();
  const totalMs = performance.now() - start;
  await new Promise((resolve) => setImmediate(resolve));
  watching = false;
  return { totalMs, blockMs, text: pieces.join("") };
}

/** The samples, in an order and with labels in an order that both agree on. */
function linesOf(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.replace(/\{(.*)\}/, (_, labels: string) => `{${labels.split(",").sort().join(",")}}`))
    .sort();
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
}
