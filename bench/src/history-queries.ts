/**
 * How long the queries of `@alumiini/history` take on a year of made-up events: `node src/history-queries.ts --help`.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { duckdbStore, type History, openHistory, postgresStore } from "@alumiini/history";
import { PostgresServer } from "@alumiini-internal/test-support/postgres-server";
import { seeded } from "@alumiini-internal/test-support/seeded";

const USAGE = `Fills a store with a year of events, five for each sync, then asks each query with random parameters.

  --engine <duckdb|postgresql>   default duckdb
  --events <n>                   default 1000000
  --repositories <n>             default 1000
  --rounds <n>                   default 25

Ends with 1 when a target is missed: fleet, dora, syncs and around with a p95 below 100 ms on DuckDB, 300 ms on
PostgreSQL. Prints how fast the events went in, projections included.
`;

const { values: options } = parseArgs({
  options: {
    engine: { type: "string", default: "duckdb" },
    events: { type: "string", default: "1000000" },
    repositories: { type: "string", default: "1000" },
    rounds: { type: "string", default: "25" },
    help: { type: "boolean", default: false },
  },
});

const DAY = 86_400_000;
const YEAR = 365 * DAY;
const NOW = Date.UTC(2026, 10, 25);
const START = NOW - YEAR;
const TARGETS = { duckdb: 100, postgresql: 300 } as const;
const TARGETED = new Set(["fleet", "dora after a new deployment", "dora", "syncs", "around"]);

if (options.help) process.stdout.write(USAGE);
else await run();

async function run(): Promise<void> {
  const engine = options.engine === "postgresql" ? "postgresql" : "duckdb";
  const directory = await mkdtemp(join(tmpdir(), "history-bench-"));
  const server = engine === "postgresql" ? await PostgresServer.start() : undefined;
  const store =
    server === undefined
      ? duckdbStore({ path: join(directory, "history.duckdb") })
      : postgresStore({ connectionString: server.url });
  const history = await openHistory({ store, now: () => NOW });
  try {
    await fill(history);
    process.exitCode = (await ask(history, TARGETS[engine])) ? 0 : 1;
  } finally {
    await history.close();
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
  for (const [question, answer] of questions) {
    const times: number[] = [];
    for (let round = 0; round < Number(options.rounds); round++) {
      if (question.endsWith("new deployment")) await deploy(history, name(), round);
      const started = performance.now();
      await answer();
      times.push(performance.now() - started);
    }
    times.sort((a, b) => a - b);
    const p50 = times[Math.floor(times.length * 0.5)] ?? 0;
    const p95 = times[Math.floor(times.length * 0.95)] ?? 0;
    const missed = TARGETED.has(question) && p95 >= target;
    if (missed) met = false;
    const against = TARGETED.has(question) ? `, target ${target} ms${missed ? ": MISSED" : ""}` : "";
    process.stdout.write(`${question}: p50 ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms${against}\n`);
  }
  return met;
}
