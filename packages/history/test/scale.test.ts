import { NatsServer } from "@alumiini-internal/test-support/nats-server";
import { needProgram } from "@alumiini-internal/test-support/programs";
import { SEED, seeded } from "@alumiini-internal/test-support/seeded";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { dora } from "../src/dora/dora.js";
import { type History, openHistory } from "../src/history.js";
import type { QueryContext } from "../src/queries/context.js";
import { events } from "../src/queries/events.js";
import { postgresStore } from "../src/store/postgres/postgres-store.js";
import { PostgresPlace, sharedPostgres, stopSharedPostgres } from "./store/postgres-place.js";
import { duckdbHistory } from "./support/histories.js";
import { DAY, HOUR, MINUTE, START, syncEvents, wire } from "./support/sample-events.js";
import { rowCounts } from "./support/stores.js";

stopSharedPostgres();

const NOW = START + 300 * DAY;
const SHARDS = 64;

/** The shard of a repository: the same in every process. FNV-1a over its whole name. */
function shardOf(cluster: string, namespace: string, repo: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(`${cluster}/${namespace}/${repo}`)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash % SHARDS;
}

async function add(history: History, all: readonly unknown[]): Promise<void> {
  for (let start = 0; start < all.length; start += 500) {
    await history.intake(all.slice(start, start + 500).map((value) => ({ value, source: "test", sequence: null })));
  }
}

describe("64 shards on one server, each with a history's consumer", () => {
  it("keep the order of each repository, and put it together in one store", async (context) => {
    needProgram(context, "nats-server");
    const server = await NatsServer.start();
    const connection = await connect({ servers: server.url });
    await using place = await duckdbHistory(NOW);
    try {
      const manager = await jetstreamManager(connection);
      await manager.streams.add({ name: "GITOPS", subjects: ["gitops.>"] });
      const js = jetstream(connection);
      const repositories = Array.from({ length: 200 }, (_, index) => `repo-${index}`);
      const sent = new Map<string, string[]>();
      const random = seeded(SEED);
      const publishing: Promise<unknown>[] = [];
      for (let n = 0; n < 2_000; n++) {
        const repo = repositories[Math.floor(random() * repositories.length)] ?? "";
        const event = wire("git_fetched", START + n * 1_000, { repo_name: repo });
        const shard = shardOf("prod-eu", "shop", repo);
        sent.set(repo, [...(sent.get(repo) ?? []), event.id]);
        publishing.push(js.publish(`gitops.${shard}.git_fetched`, JSON.stringify(event)));
      }
      await Promise.all(publishing);
      for (let shard = 0; shard < SHARDS; shard++) {
        const filterSubjects = [`gitops.${shard}.>`];
        await place.history.consumeJetStream({
          connection,
          stream: "GITOPS",
          durable: `shard-${shard}`,
          filterSubjects,
        });
      }
      await expect
        .poll(async () => (await rowCounts(place.history.store, ["events"]))["events"], { interval: 250 })
        .toBe(2_000);
      const rows = await place.history.store.query({
        sql: "select e.repo, e.event_id from events e order by e.seq",
        columns: { repo: "text", event_id: "text" },
      });
      const stored = new Map<string, string[]>();
      for (const { repo, event_id: id } of rows) stored.set(repo, [...(stored.get(repo) ?? []), id]);
      expect(stored).toEqual(sent);
      // No shard has more than three times its share of repositories.
      const perShard = new Map<number, number>();
      for (const repo of repositories) {
        const shard = shardOf("prod-eu", "shop", repo);
        perShard.set(shard, (perShard.get(shard) ?? 0) + 1);
      }
      expect(perShard.size).toBeGreaterThan(SHARDS * 0.8);
      expect(Math.max(...perShard.values())).toBeLessThan((3 * repositories.length) / SHARDS);
    } finally {
      await place.history.close();
      await connection.close();
      await server.stop();
    }
  });
});

/** A step of a plan: how which table is read. */
interface Step {
  readonly how: unknown;
  readonly table: string;
}

/** All steps of a plan that read a table. */
function stepsOf(plan: unknown): Step[] {
  if (Array.isArray(plan)) return plan.flatMap(stepsOf);
  if (typeof plan !== "object" || plan === null) return [];
  const inner = Object.values(plan).flatMap(stepsOf);
  const table: unknown = Reflect.get(plan, "Relation Name");
  return typeof table === "string" ? [{ how: Reflect.get(plan, "Node Type"), table }, ...inner] : inner;
}

describe("partitions on PostgreSQL", () => {
  it("are read as far as a question goes: two months, and one repository by its index", async (context) => {
    const server = await sharedPostgres(context);
    const place = new PostgresPlace(server.url);
    const history = await openHistory({
      store: postgresStore({ connectionString: server.url, schema: place.schema }),
      now: () => NOW,
      maxDelayMs: 5,
    });
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    try {
      const all = Array.from({ length: 1_200 }, (_, index) =>
        syncEvents({
          sync: `s${index}`,
          at: START + index * 6 * HOUR,
          repo: `repo-${index % 40}`,
          commit: index.toString(16).padStart(8, "0"),
        }),
      );
      await add(history, all.flat());
      await client.query(`set search_path to ${place.schema}; analyze`);
      const plans: { sql: string; steps: Step[] }[] = [];
      const { store } = history;
      const watching: QueryContext["store"] = {
        engine: store.engine,
        size: () => store.size(),
        async query(query, queryOptions) {
          const values = (query.parameters ?? []).map((each) => (Array.isArray(each) ? [...each] : each));
          const { rows } = await client.query(`explain (format json) ${query.sql}`, values);
          plans.push({ sql: query.sql, steps: stepsOf(rows) });
          return await store.query(query, queryOptions);
        },
      };
      const asked = { store: watching, now: () => NOW };
      const partitionsOf = (steps: readonly Step[]) =>
        new Set(steps.map(({ table }) => table).filter((table) => /^events_\d/.test(table)));

      const from = Date.UTC(2026, 4, 20);
      expect(
        (await events(asked, { repoName: "repo-7", since: from, until: from + 20 * DAY })).items.length,
      ).toBeGreaterThan(0);
      for (const { sql, steps } of plans) expect(partitionsOf(steps).size, sql).toBeLessThanOrEqual(2);

      plans.length = 0;
      const answer = await dora(asked, { repoName: "repo-7", clusterId: "prod-eu", namespace: "shop", since: from });
      expect(answer.measures.deploymentFrequency.value).toBeGreaterThan(0);
      const reads = plans.filter(({ sql }) => sql.includes("lag("));
      expect(reads).toHaveLength(1);
      for (const { sql, steps } of reads) {
        expect(partitionsOf(steps).size, sql).toBe(0);
        const scans = steps.filter(({ table }) => table === "syncs").map(({ how }) => how);
        expect(scans.length).toBeGreaterThan(0);
        expect(scans, sql).not.toContain("Seq Scan");
      }
    } finally {
      await client.end();
      await history.close();
      await place.remove();
    }
  });
});

describe("tenants", () => {
  it("as schemas of one database, and clusters as scopes, never see each other's rows", async (context) => {
    const server = await sharedPostgres(context);
    const places = [new PostgresPlace(server.url), new PostgresPlace(server.url)];
    const histories = await Promise.all(
      places.map(({ schema }) =>
        openHistory({
          store: postgresStore({ connectionString: server.url, schema }),
          now: () => NOW,
          maxDelayMs: 5,
        }),
      ),
    );
    try {
      for (const [tenant, history] of histories.entries()) {
        // The same names everywhere: only the tenant and the cluster tell them apart.
        const all = Array.from({ length: 60 }, (_, index) =>
          syncEvents({
            sync: `s${index}`,
            at: NOW - DAY + index * MINUTE,
            repo: `repo-${index % 5}`,
            commit: `${tenant}${index % 2}aaaa${index}`,
            ...(index % 7 === 0 && { fails: "apply" as const }),
          }).map((event) => ({ ...event, cluster_id: `t${tenant}-c${index % 2}` })),
        );
        await add(history, all.flat());
      }
      const random = seeded(SEED);
      for (let n = 0; n < 60; n++) {
        const tenant = n % 2;
        const history = histories[tenant];
        if (history === undefined) continue;
        const cluster = `t${tenant}-c${Math.floor(random() * 2)}`;
        const scope = { clusterId: cluster, ...(random() < 0.5 && { repoName: `repo-${Math.floor(random() * 5)}` }) };
        const answers = [
          await history.fleet(scope).then(({ items }) => items),
          await history.syncs(scope).then(({ items }) => items),
          await history.dora({ ...scope, explain: "deploymentFrequency" }).then(({ explained }) => explained?.items),
          await history.events({ ...scope, limit: 20 }).then(({ items }) => items),
        ];
        for (const items of answers) for (const { clusterId } of items ?? []) expect(clusterId).toBe(cluster);
        const other = { clusterId: `t${1 - tenant}-c0` };
        expect((await history.events(other)).items).toEqual([]);
        expect((await history.fleet(other)).items).toEqual([]);
      }
    } finally {
      await Promise.all(histories.map((history) => history.close()));
      await Promise.all(places.map((each) => each.remove()));
    }
  });
});
