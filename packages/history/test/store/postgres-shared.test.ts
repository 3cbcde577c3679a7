import { createServer } from "node:net";
import { join } from "node:path";
import { PostgresServer } from "@alumiini-internal/test-support/postgres-server";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StoreError, StoreUnavailable } from "../../src/store/errors.js";
import { toStoreError } from "../../src/store/postgres/failures.js";
import { Partitions } from "../../src/store/postgres/partitions.js";
import { postgresStore } from "../../src/store/postgres/postgres-store.js";
import type { Projector } from "../../src/store/store.js";
import { GroupWriter } from "../../src/store/writer.js";
import { bundle, Child } from "../support/children.js";
import { PostgresPlace, sharedPostgres, stopSharedPostgres } from "./postgres-place.js";
import { DAY, EVENTS, eventAt, events, NO_PROJECTOR, START, SYNCS, SyncProjector, TABLES } from "./sample.js";

stopSharedPostgres();

describe("PostgreSQL beyond one process", () => {
  let place: PostgresPlace;

  beforeEach(async (context) => {
    place = new PostgresPlace((await sharedPostgres(context)).url);
  });
  afterEach(() => place?.remove());

  it("several writers with the same and with other events: each stored once, projections as a rebuild makes them", async () => {
    // Opened at one time, so that they also make the tables at one time.
    const stores = await Promise.all([1, 2, 3].map(() => place.open()));
    const groups = Array.from({ length: 30 }, (_, n) => events(n * 50, n * 50 + 80));
    const projector = new SyncProjector();
    const committed = await Promise.all(
      stores.map(async (store, index) => {
        const counts = { fresh: 0, duplicates: 0 };
        // The same syncs are written by all of them, in three orders.
        const order =
          index === 0 ? groups : index === 1 ? groups.toReversed() : [...groups.slice(15), ...groups.slice(0, 15)];
        for (const group of order) {
          const { fresh, duplicates } = await store.commit({ events: group, changes: [] }, projector);
          counts.fresh += fresh.length;
          counts.duplicates += duplicates;
        }
        return counts;
      }),
    );
    expect(committed.reduce((sum, { fresh }) => sum + fresh, 0)).toBe(1_530);
    expect(committed.reduce((sum, { fresh, duplicates }) => sum + fresh + duplicates, 0)).toBe(3 * 30 * 80);
    const [store] = stores;
    if (store === undefined) throw new Error("no store");
    const all = { sql: "select * from syncs order by sync", columns: SYNCS.columns } as const;
    const live = await store.query(all);
    expect(live.reduce((sum, row) => sum + row.events, 0)).toBe(1_530);
    await store.rebuild(new SyncProjector());
    expect(await store.query(all)).toEqual(live);
    const [row] = await store.query({
      sql: "select count(*) as n, count(distinct id) as ids, count(distinct seq) as seqs from events",
      columns: { n: "bigint", ids: "bigint", seqs: "bigint" },
    });
    expect(row).toEqual({ n: 1_530, ids: 1_530, seqs: 1_530 });
    await Promise.all(stores.map((one) => one.close()));
  });

  it("a reader that follows by seq misses nothing that several writers commit", async () => {
    const stores = await Promise.all([1, 2].map(() => place.open()));
    const reader = await place.open();
    const seen = new Set<string>();
    let last = 0;
    let writing = true;
    const reading = (async () => {
      for (let more = true; more; ) {
        more = writing;
        const rows = await reader.query({
          sql: "select id, seq from events where seq > $1 order by seq",
          parameters: [last],
          columns: { id: "text", seq: "bigint" },
        });
        for (const { id, seq } of rows) {
          seen.add(id);
          last = seq;
        }
      }
    })();
    await Promise.all(
      stores.map(async (store, index) => {
        for (let n = 0; n < 40; n++) {
          const from = (2 * n + index) * 25;
          await store.commit({ events: events(from, from + 25), changes: [] }, NO_PROJECTOR);
        }
      }),
    );
    writing = false;
    await reading;
    expect(seen.size).toBe(2_000);
    await Promise.all([...stores, reader].map((store) => store.close()));
  });

  it("partitions by month, made from the data; what no month can be made for is kept in the default one", async () => {
    const store = await place.open();
    const now = Date.now();
    const times = [now, now - 40 * DAY, Date.UTC(1971, 0), Date.UTC(2999, 0)];
    const rows = times.map((ts, n) => eventAt(n, { ts }));
    await store.commit({ events: rows, changes: [] }, NO_PROJECTOR);
    const tables = await place.ask(
      "select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'events'::regclass order by 1",
    );
    expect(tables).toHaveLength(3);
    expect(await place.ask("select count(*)::int as n from events_default")).toEqual([{ n: 2 }]);
    // The same id in another month is the same event.
    expect(
      await store.commit({ events: [eventAt(0, { ts: now - 100 * DAY })], changes: [] }, NO_PROJECTOR),
    ).toMatchObject({ duplicates: 1 });
    await store.close();
  });

  it("moves rows out of the default partition when their month becomes reasonable", async () => {
    const store = await place.open();
    const future = Date.UTC(2999, 5, 15);
    await store.commit({ events: [eventAt(0, { ts: future })], changes: [] }, NO_PROJECTOR);
    const client = new pg.Pool({ connectionString: place.url, max: 1 });
    const connection = await client.connect();
    await connection.query(`set search_path to ${place.schema}`);
    const partitions = new Partitions(EVENTS);
    const [month] = partitions.missing([{ ts: future }], future);
    if (month === undefined) throw new Error("no month");
    await connection.query("begin");
    await partitions.make(connection, month);
    await connection.query("commit");
    connection.release();
    await client.end();
    expect(await place.ask("select count(*)::int as n from events_2999_06")).toEqual([{ n: 1 }]);
    expect(await place.ask("select count(*)::int as n from events_default")).toEqual([{ n: 0 }]);
    expect(await place.ask("select count(*)::int as n from events")).toEqual([{ n: 1 }]);
    await store.close();
  });

  it("drops the months that are wholly past the cutoff", async () => {
    const store = await place.open();
    await store.commit(
      {
        events: [...events(0, 10), ...events(10, 20).map((row) => ({ ...row, ts: Number(row["ts"]) + 70 * DAY }))],
        changes: [],
      },
      NO_PROJECTOR,
    );
    const { deleted } = await store.retain(START + 60 * DAY, async () => [], NO_PROJECTOR);
    expect(deleted).toMatchObject({ events: 10 });
    expect(await place.ask("select to_regclass('events_2026_01') is null as gone")).toEqual([{ gone: true }]);
    expect(await place.ask("select count(*)::int as n from event_ids")).toEqual([{ n: 10 }]);
    // Its month can come back for what is not older than the cutoff.
    expect(await store.commit({ events: events(0, 10), changes: [] }, NO_PROJECTOR)).toMatchObject({ expired: 10 });
    await store.close();
  });

  it("learns of a cutoff that another process has moved", async () => {
    const [one, other] = await Promise.all([place.open(), place.open()]);
    await one.retain(START + DAY, async () => [], NO_PROJECTOR);
    expect(await other.commit({ events: events(0, 5), changes: [] }, NO_PROJECTOR)).toMatchObject({ expired: 5 });
    expect(other.cutoff).toBe(START + DAY);
    await Promise.all([one.close(), other.close()]);
  });

  it("says that a rebuild nobody has asked for takes a while", async () => {
    const store = await place.open();
    for (let n = 0; n < 12_000; n += 4_000) {
      await store.commit({ events: events(n, n + 4_000), changes: [] }, NO_PROJECTOR);
    }
    await store.close();
    const warnings: string[] = [];
    const again = await postgresStore({ connectionString: place.url, schema: place.schema }).open(TABLES, ({ code }) =>
      warnings.push(code),
    );
    await again.rebuild(new SyncProjector(), { ifNeeded: true });
    await again.rebuild(new SyncProjector(), { ifNeeded: true });
    expect(warnings).toEqual(["rebuilding"]);
    await again.close();
  });

  it("is not cut off by limits that are meant for queries", async () => {
    const place2 = new PostgresPlace(place.url);
    const limits = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout"];
    const options = limits.map((name) => `-c ${name}=500`).join(" ");
    const url = `${place.url}?options=${encodeURIComponent(options)}`;
    const limited = await postgresStore({ connectionString: url, schema: place2.schema }).open(TABLES, () => {});
    const other = await place2.open();
    const slow: Projector = {
      ...NO_PROJECTOR,
      project: async (_, read) => {
        await read.query({ sql: "select pg_sleep(0.7)::text as slept", columns: { slept: "text" } });
        await new Promise((resolve) => setTimeout(resolve, 700));
        return [];
      },
    };
    await Promise.all([
      other.commit({ events: events(0, 5), changes: [] }, slow),
      limited.commit({ events: events(5, 10), changes: [] }, slow),
    ]);
    await new Promise((resolve) => setTimeout(resolve, 700));
    await limited.commit({ events: events(10, 15), changes: [] }, slow);
    expect(await limited.query({ sql: "select count(*) as n from events", columns: { n: "bigint" } })).toEqual([
      { n: 15 },
    ]);
    await Promise.all([limited.close(), other.close()]);
    await place2.remove();
  });

  it("opens and writes in a schema that was made for a role without rights on the database", async () => {
    const role = `role_${place.schema}`;
    await place.ask(`create role ${role} login; create schema ${place.schema} authorization ${role}`);
    const url = place.url.replace("postgres@", `${role}@`);
    const open = () => postgresStore({ connectionString: url, schema: place.schema }).open(TABLES, () => {});
    for (const from of [0, 10]) {
      const store = await open();
      await store.commit({ events: events(from, from + 10), changes: [] }, NO_PROJECTOR);
      await store.close();
    }
    await place.ask(`alter table events owner to postgres; alter table meta owner to postgres`);
    // What it may not see is not taken for missing.
    const failure = await open().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StoreUnavailable);
    expect(String(failure)).toContain("Fix: let the role own the schema and its tables");
    await place.ask(`drop schema ${place.schema} cascade; drop role ${role}`);
  });

  it("shows the password in no error", async () => {
    const secret = "hunter2-secret";
    // Speaks no PostgreSQL.
    const silent = createServer((socket) => socket.end("HTTP/1.1 400\r\n\r\n")).listen(0, "127.0.0.1");
    const address = silent.address();
    const port = typeof address === "object" ? address?.port : 0;
    for (const connectionString of [
      `postgresql://user:${secret}@127.0.0.1:${port}/db`,
      `postgresql://user:${secret}@127.0.0.1:1/db`,
      `postgresql://user:${secret}@[broken/db`,
    ]) {
      const error: unknown = await postgresStore({ connectionString })
        .open(TABLES, () => {})
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(StoreError);
      expect(
        JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error) + String((error as Error).stack),
      ).not.toContain(secret);
    }
    silent.close();
    expect(() => postgresStore({ connectionString: "", schema: "Robert'); drop" })).toThrow(TypeError);
  });

  it("says which package to install when pg is missing", async () => {
    const { program, remove } = await bundle(join(import.meta.dirname, "missing-clients.ts"), "/tmp");
    const child = new Child([process.execPath, program]);
    expect(await child.says("postgres")).toMatch(/^postgres MissingClient: postgresStore needs .* npm install pg/);
    expect(await child.says("duckdb")).toMatch(
      /^duckdb MissingClient: duckdbStore needs .* npm install @duckdb\/node-api/,
    );
    await child.kill();
    await remove();
  });
});

it.each([
  ["22P05", "StoreError"],
  ["23505", "StoreError"],
  ["54000", "StoreError"],
  ["25P03", "StoreUnavailable"],
  ["25006", "StoreUnavailable"],
  ["42501", "StoreUnavailable"],
  ["42P01", "StoreUnavailable"],
  ["0A000", "StoreUnavailable"],
  ["26000", "StoreUnavailable"],
  ["28P01", "StoreUnavailable"],
  ["XX000", "StoreUnavailable"],
  ["XX001", "StoreDamaged"],
  ["57014", "QueryTimeout"],
  ["ECONNRESET", "StoreUnavailable"],
])("a message is given up only for what is wrong with itself: %s is a %s", (code, name) => {
  expect(toStoreError(Object.assign(new Error("said"), { code }))).toMatchObject({ name });
});

describe("a PostgreSQL that is killed", () => {
  it("loses no group that was acknowledged, stores none twice, and is used again when it is back", async (context) => {
    await sharedPostgres(context); // Skips where there is none.
    const server = await PostgresServer.start();
    try {
      const place = new PostgresPlace(server.url);
      const store = await place.open();
      const failures: StoreError[] = [];
      const writer = new GroupWriter(store, new SyncProjector(), {
        maxDelayMs: 5,
        retry: { firstMs: 20, longestMs: 100 },
        onFailure: (error) => failures.push(error),
      });
      const added: Promise<unknown>[] = [];
      for (let n = 0; n < 4_000; n += 100) {
        await writer.room();
        added.push(writer.add({ events: events(n, n + 100), changes: [] }));
        if (n % 1_000 === 500) {
          await server.kill();
          await server.restart();
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await Promise.all(added);
      expect(failures.every((error) => error instanceof StoreUnavailable)).toBe(true);
      const [row] = await store.query({
        sql: "select count(*) as n, count(distinct id) as ids, (select sum(events) from syncs) as projected from events",
        columns: { n: "bigint", ids: "bigint", projected: "bigint" },
      });
      expect(row).toEqual({ n: 4_000, ids: 4_000, projected: 4_000 });
      await writer.close();
      await store.close();
    } finally {
      await server.stop();
    }
  });
});
