/**
 * How long the queries of `@alumiini/history` take on a year of made-up events: `node src/history-queries.ts --help`.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { duckdbStore, type History, openHistory, postgresStore } from "@alumiini/history";
import { PostgresServer } from "@alumiini-internal/test-support/postgres-server";
import { seeded } from "@alumiini-internal/test-support/seeded";
import { BlockMeter, type Cost, costOf } from "./history/cost.ts";

const USAGE = `Fills a store with a year of events, five for each sync, then asks each query with random parameters.

  --engine <duckdb|postgresql>   default duckdb
  --events <n>                   default 1000000
  --repositories <n>             default 1000
  --rounds <n>                   default 25
  --store <file|url>             a DuckDB file or a PostgreSQL to keep the events in: filled where it is empty

Ends with 1 when a target is missed: fleet, dora (the first of a process included, some seconds after opening), syncs and
around with a p95 below 100 ms on DuckDB, 300 ms on PostgreSQL, and the event loop never blocked for over 50 ms of CPU.
Prints how fast the events went in, projections included.
`;

const { values: options } = parseArgs({
  options: {
    engine: { type: "string", default: "duckdb" },
    events: { type: "string", default: "1000000" },
    repositories: { type: "string", default: "1000" },
    rounds: { type: "string", default: "25" },
    store: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

const DAY = 86_400_000;
const FIRST = "first dora after opening";
const YEAR = 365 * DAY;
const NOW = Date.UTC(2026, 10, 25);
const START = NOW - YEAR;
const TARGETS = { duckdb: 100, postgresql: 300 } as const;
const TARGETED = new Set(["fleet", "dora after a new deployment", "dora", "syncs", "around", FIRST]);
const LONGEST_BLOCK_MS = 50;
/** How often a process is made to begin, and how long after opening it is asked. */
const BEGINNINGS = 5;
const ASKED_AFTER_MS = 5_000;

if (options.help) process.stdout.write(USAGE);
else await run();

async function run(): Promise<void> {
  const engine = options.engine === "postgresql" ? "postgresql" : "duckdb";
  const directory = await mkdtemp(join(tmpdir(), "history-bench-"));
  const server = engine === "postgresql" && options.store === undefined ? await PostgresServer.start() : undefined;
  const place = options.store ?? server?.url ?? join(directory, "history.duckdb");
  const store = engine === "duckdb" ? duckdbStore({ path: place }) : postgresStore({ connectionString: place });
  const open = () => openHistory({ store, now: () => NOW });
  const met: boolean[] = [];
  try {
    await using history = await open();
    const [any] = (await history.events({ limit: 1 })).items;
    if (any === undefined) await fill(history);
    met.push(await ask(history, TARGETS[engine]));
    await history.close();
    met.push(await askFirst(open, TARGETS[engine]));
    process.exitCode = met.every(Boolean) ? 0 : 1;
  } finally {
    await server?.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function fill(history: History): Promise<void> {
  const random = seeded(1);
  const total = Number(options.events);
  const repositories = Number(options.repositories);
  const syncs = Math.floor(total / 5);
  const revisions = new Map<number, string>();
  const started = performance.now();
  let batch: unknown[] = [];
  const pending = new Set<Promise<unknown>>();
  const send = async () => {
    const messages = batch.map((value) => ({ value, source: "bench", sequence: null }));
    batch = [];
    await history.room();
    const stored = history.intake(messages).finally(() => pending.delete(stored));
    pending.add(stored);
    if (pending.size >= 4) await Promise.race(pending);
  };
  for (let index = 0; index < syncs; index++) {
    const at = START + Math.floor((index / syncs) * YEAR);
    batch.push(...syncEvents(index, Math.floor(random() * repositories), at));
    if (batch.length >= 500) await send();
  }
  await send();
  await Promise.all(pending);
  const seconds = (performance.now() - started) / 1_000;
  process.stdout.write(`${total} events in ${seconds.toFixed(1)} s: ${Math.round(total / seconds)}/s\n`);

  function syncEvents(index: number, repository: number, at: number): unknown[] {
    const previous = revisions.get(repository);
    // One sync in five brings a new revision, one of those goes wrong.
    const revision = previous === undefined || random() < 0.2 ? index.toString(16).padStart(40, "0") : previous;
    const fails = revision !== previous && random() < 0.1;
    if (!fails) revisions.set(repository, revision);
    const event = (type: string, offset: number, more: object = {}) => ({
      id: `${index.toString(36).toUpperCase().padStart(20, "0")}${type}`,
      timestamp: new Date(at + offset).toISOString(),
      type,
      severity: fails && type === "sync_failed" ? "error" : "info",
      outcome: type.endsWith("started") ? "unknown" : type.endsWith("failed") ? "failure" : "success",
      repo_name: `repository-${repository}`,
      namespace: `namespace-${repository % 20}`,
      cluster_id: `cluster-${repository % 4}`,
      commit: revision,
      branch: "main",
      resources_applied: null,
      duration_ms: null,
      error_type: null,
      error_message: null,
      trigger: null,
      attributes: {
        "alumiini.sync.id": `sync-${index}`,
        "deployment.environment.name": repository % 2 === 0 ? "production" : "staging",
        ...(previous !== undefined && { "alumiini.repo.previous_commit": previous }),
        ...(revision !== previous && { "alumiini.repo.committed_at": at - 3_600_000 }),
      },
      ...more,
    });
    const failure = { error_type: "validation", error_message: "limits.memory must be at least the request" };
    return [
      event("sync_started", 0, { trigger: "poll" }),
      event("git_fetched", 2_000, { duration_ms: 1_900 }),
      event("apply_started", 3_000),
      event(fails ? "apply_failed" : "apply_completed", 9_000, {
        duration_ms: 6_000,
        resources_applied: 3,
        ...(fails && failure),
        attributes: {
          "alumiini.sync.id": `sync-${index}`,
          "alumiini.resources": [1, 2, 3].map((each) => ({
            kind: "Deployment",
            namespace: `namespace-${repository % 20}`,
            name: `app-${repository}-${each}`,
          })),
        },
      }),
      event(fails ? "sync_failed" : "sync_completed", 10_000, {
        duration_ms: 10_000,
        trigger: "poll",
        resources_applied: 3,
        ...(fails && failure),
      }),
    ];
  }
}

/** One more event, so that nothing can be answered as the last time. */
async function deploy(history: History, repository: string, round: number): Promise<void> {
  const index = Number(repository.split("-")[1]);
  const value = {
    id: `deployment-${round}`,
    timestamp: new Date(NOW - 60_000 + round).toISOString(),
    type: "sync_completed",
    severity: "info",
    outcome: "success",
    repo_name: repository,
    namespace: `namespace-${index % 20}`,
    cluster_id: `cluster-${index % 4}`,
    commit: `new-${round}`,
    branch: "main",
    resources_applied: 1,
    duration_ms: 1_000,
    error_type: null,
    error_message: null,
    trigger: "poll",
    attributes: { "alumiini.sync.id": `deployment-${round}` },
  };
  await history.intake([{ value, source: "bench", sequence: null }]);
}

async function ask(history: History, target: number): Promise<boolean> {
  const random = seeded(2);
  const name = () => `repository-${Math.floor(random() * Number(options.repositories))}`;
  const time = () => START + Math.floor(random() * YEAR);
  const questions: [string, () => Promise<unknown>][] = [
    ["fleet", () => history.fleet({ environment: random() < 0.5 ? "production" : undefined })],
    ["syncs", () => history.syncs(random() < 0.5 ? {} : { repoName: name() })],
    ["dora after a new deployment", () => history.dora({ since: START, until: NOW, by: "week" })],
    ["dora", () => history.dora({ since: START, until: NOW, by: "week" })],
    ["around", () => history.around({ repoName: name(), at: time() })],
    ["dora of one repository", () => history.dora({ since: START, until: NOW, repoName: name() })],
    ["sync", () => history.sync({ syncId: `sync-${Math.floor((random() * Number(options.events)) / 5)}` })],
    ["timeline", () => history.timeline({ since: NOW - DAY, until: NOW })],
    ["slo", () => history.slo()],
    ["events", () => history.events({ limit: 50 })],
    ["stats", () => history.stats()],
  ];
  let met = true;
  // What is read ahead after opening is measured by itself.
  await wait(ASKED_AFTER_MS);
  for (const [question, answer] of questions) {
    const costs: Cost[] = [];
    const blocks = new BlockMeter();
    for (let round = 0; round < Number(options.rounds); round++) {
      if (question.endsWith("new deployment")) await deploy(history, name(), round);
      blocks.start();
      costs.push(await costOf(answer));
      blocks.stop();
    }
    if (!report(question, costs, blocks, target)) met = false;
  }
  return met;
}

/** The first answer of a process, and what is done ahead for it. */
async function askFirst(open: () => Promise<History>, target: number): Promise<boolean> {
  const costs: Cost[] = [];
  const closing: number[] = [];
  const blocks = new BlockMeter();
  for (let round = 0; round < BEGINNINGS; round++) {
    const history = await open();
    blocks.start();
    await wait(ASKED_AFTER_MS);
    costs.push(await costOf(() => history.dora({ since: START, until: NOW, by: "week" })));
    blocks.stop();
    await history.close();
    const another = await open();
    // While it reads ahead.
    await wait(1_200);
    closing.push((await costOf(() => another.close())).wallMs);
  }
  process.stdout.write(`closing while it reads ahead: at most ${Math.max(...closing).toFixed(0)} ms\n`);
  return report(FIRST, costs, blocks, target);
}

/** Returns whether the targets are met. On a busy machine the CPU time of all threads tells more than the clock. */
function report(question: string, costs: readonly Cost[], { longestMs }: BlockMeter, target: number): boolean {
  const p50 = quantile(costs, "wallMs", 0.5);
  const p95 = quantile(costs, "wallMs", 0.95);
  const cpu = [0.5, 0.95].map((part) => quantile(costs, "cpuMs", part).toFixed(0)).join(", ");
  const isSlow = TARGETED.has(question) && p95 >= target;
  const isBlocked = longestMs > LONGEST_BLOCK_MS;
  const against = TARGETED.has(question) ? `, target ${target} ms${isSlow ? ": MISSED" : ""}` : "";
  const block = `, longest block ${longestMs.toFixed(0)} ms${isBlocked ? ": MISSED" : ""}`;
  process.stdout.write(
    `${question}: p50 ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms (CPU ${cpu})${against}${block}\n`,
  );
  return !isSlow && !isBlocked;
}

function quantile(costs: readonly Cost[], measure: keyof Cost, part: number): number {
  const sorted = costs.map((cost) => cost[measure]).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
