import { createHash } from "node:crypto";
import type { Pool, PoolClient } from "pg";
import { type Identified, identify } from "../cells.js";
import { QueryTimeout, StoreClosed, StoreError, StoreUnavailable } from "../errors.js";
import { exportNdjson } from "../export.js";
import { isLongFrom, metaChange, REBUILDING, readMeta } from "../meta.js";
import { MOST_ROWS, mergeChanges, scan } from "../sql.js";
import type {
  Batch,
  Boundary,
  Committed,
  ExportOptions,
  Projector,
  Query,
  QueryOptions,
  RebuildOptions,
  Retained,
  Store,
  StoreOptions,
  StoreSize,
  StoreWarning,
  TimeRange,
} from "../store.js";
import type { ColumnsOf, Row, RowOf } from "../table.js";
import { type Catalogue, catalogueOf } from "../tables.js";
import { loadPg, makePool } from "./client.js";
import { toStoreError } from "./failures.js";
import { type PostgresOptions, type ResolvedPostgresOptions, resolveOptions } from "./options.js";
import { Partitions } from "./partitions.js";
import { cancel, connect, lend, runQuery, runStatement } from "./queries.js";
import { checkVersion, createSchema, createTables, EVENT_IDS, EVENT_SEQ, refuseLentConnections } from "./schema.js";
import { type Lock, Transaction } from "./transaction.js";

const UNHURRIED: QueryOptions = { deadlineMs: 3_600_000 };
const WRITER_DEADLINE_MS = 60_000;

/**
 * The store of several processes. Needs the package `pg` and PostgreSQL 15 or later.
 *
 * @throws {@link OptionError} where an option is missing, unknown or out of its range
 */
export function postgresStore(options: PostgresOptions): StoreOptions {
  const resolved = resolveOptions(options);
  return {
    async open(tables, warn) {
      const pg = await loadPg();
      const pool = (max: number, role: "write" | "read"): Pool =>
        makePool(pg, { ...resolved.connection, max }, resolved.schema, role);
      const pools = { writers: pool(1, "write"), readers: pool(resolved.maxReaders, "read"), control: pool(1, "read") };
      const store = new PostgresStore(pools, resolved, catalogueOf(tables), warn);
      try {
        await store.prepare();
        return store;
      } catch (error) {
        await store.close();
        throw error;
      }
    },
  };
}

/** The number that the store gave a row. */
function seqOf(row: Row | undefined): number {
  return Number(row?.["seq"]);
}

interface Pools {
  readonly writers: Pool;
  readonly readers: Pool;
  readonly control: Pool;
}

class PostgresStore implements Store {
  readonly engine = "postgresql";
  readonly readOnly = false;
  readonly sharedWriters = true;
  readonly #warn: (warning: StoreWarning) => void;
  readonly #pools: Pools;
  readonly #schema: string;
  readonly #tables: Catalogue;
  readonly #partitions: Partitions;
  readonly #lock: Lock;
  #writing: Promise<unknown> = Promise.resolve();
  #reading = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;
  /** Empty where the projections were emptied and nobody has made them again. */
  #projectedBy: string | undefined;
  #unprojectedFrom: number | undefined;
  #isToldOfOther = false;
  #cutoff = 0;
  /** Counts deletions and rebuilds of all processes. */
  #epoch = 0;
  /** The number of the row that this process stored last. */
  #lastSeq = -1;

  constructor(
    pools: Pools,
    { schema }: ResolvedPostgresOptions,
    tables: Catalogue,
    warn: (warning: StoreWarning) => void,
  ) {
    this.#warn = warn;
    this.#pools = pools;
    this.#schema = schema;
    this.#tables = tables;
    this.#partitions = new Partitions(tables.raw);
    this.#lock = {
      key: createHash("sha256").update(`alumiini-history ${schema}`).digest().readBigInt64BE(),
      onWait: () =>
        warn({
          code: "waiting",
          message: `Another process has been writing to schema ${schema} for over 10 seconds: it makes the projections again, deletes what is too old, or hangs. What is to be stored waits here. Fix: nothing, unless it goes on; pg_stat_activity shows who it is (application_name alumiini-history, state not idle)`,
        }),
    };
  }

  get cutoff(): number {
    return this.#cutoff;
  }

  get projectedBy(): string | undefined {
    return this.#unprojectedFrom === undefined ? this.#projectedBy || undefined : undefined;
  }

  async prepare(): Promise<void> {
    await this.#write(undefined, async (transaction) => {
      await checkVersion(transaction.client);
      await refuseLentConnections(transaction.client, () => connect(this.#pools.readers, WRITER_DEADLINE_MS));
      await transaction.run(async ({ client }) => {
        await createSchema(client, this.#schema);
        if (await createTables(client, this.#tables)) await transaction.apply([metaChange("projected_by", "")]);
        await this.#readStand(transaction);
      });
    });
  }

  commit({ events, changes }: Batch, projector: Projector): Promise<Committed> {
    if (events.length > MOST_ROWS) return Promise.reject(new StoreError(`a group has at most ${MOST_ROWS} rows`));
    return this.#write(projector, async (transaction) => {
      const rows = identify(this.#tables.raw, events);
      await this.#makePartitions(transaction, rows);
      const committed = await transaction.run(async () => {
        // Another process may have moved it.
        const before = this.#epoch;
        await this.#readStand(transaction);
        const current = rows.filter(({ ts }) => ts >= this.#cutoff);
        const fresh = await this.#selectFresh(transaction, current);
        // What another process has stored, deleted or rebuilt since, the projector does not know of.
        const isOutdated = fresh.length > 0 && seqOf(fresh[0]) !== this.#lastSeq + 1;
        if (isOutdated || before !== this.#epoch || this.#unprojectedFrom !== undefined) projector.reset();
        const isProjected = this.#isProjectedBy(projector);
        if (isProjected) await this.#projectMissing(transaction, projector);
        await transaction.append(this.#tables.raw, fresh);
        if (isProjected && fresh.length > 0) await transaction.apply(await projector.project(fresh, transaction));
        else if (fresh.length > 0) await this.#leaveUnprojected(transaction, seqOf(fresh[0]));
        await transaction.apply(mergeChanges(changes, this.#tables));
        return { fresh, duplicates: current.length - fresh.length, expired: rows.length - current.length };
      });
      if (committed.fresh.length > 0) this.#lastSeq = seqOf(committed.fresh.at(-1));
      projector.committed();
      return committed;
    });
  }

  query<C extends ColumnsOf>(query: Query<C>, options?: QueryOptions): Promise<RowOf<C>[]> {
    return this.#read((client) => runQuery(client, query), options);
  }

  async known(ids: readonly string[], _range?: TimeRange): Promise<Set<string>> {
    const found = await this.query({
      sql: `select id from ${EVENT_IDS} where id = any($1::text[])`,
      parameters: [ids],
      columns: { id: "text" },
    });
    return new Set(found.map(({ id }) => id));
  }

  rebuild(projector: Projector, { ifNeeded = false }: RebuildOptions = {}): Promise<number> {
    return this.#write(projector, async (transaction) => {
      const count = await transaction.run(async ({ client }) => {
        projector.reset();
        await this.#readStand(transaction);
        // Another process may have made them while this one waited for its turn.
        if (ifNeeded && this.#projectedBy === projector.version) {
          await this.#projectMissing(transaction, projector);
          return 0;
        }
        await this.#nextEpoch(transaction);
        for (const { name } of this.#tables.projections) await runStatement(client, `delete from ${name}`);
        let count = 0;
        for await (const rows of scan((query) => transaction.query(query), this.#tables.raw)) {
          await transaction.apply(await projector.project(rows, transaction));
          projector.committed();
          if (ifNeeded && isLongFrom(count, rows.length)) this.#warn(REBUILDING);
          count += rows.length;
        }
        await transaction.apply([metaChange("projected_by", projector.version), metaChange("unprojected_from")]);
        return count;
      });
      this.#projectedBy = projector.version;
      this.#unprojectedFrom = undefined;
      return count;
    });
  }

  retain(cutoff: number, boundary: Boundary, projector: Projector): Promise<Retained> {
    return this.#write(projector, async (transaction) => {
      const deleted: Record<string, number> = {};
      await transaction.run(async ({ client }) => {
        await this.#readStand(transaction);
        await this.#nextEpoch(transaction);
        const changes = await boundary(transaction);
        for (const { name, time } of this.#tables.retained) {
          const dropped = name === this.#tables.raw.name ? await this.#partitions.drop(client, cutoff) : 0;
          deleted[name] = dropped + (await runStatement(client, `delete from ${name} where ${time} < $1`, [cutoff]));
        }
        await runStatement(client, `delete from ${EVENT_IDS} where ts < $1`, [cutoff]);
        await transaction.apply([...changes, metaChange("cutoff", String(Math.max(cutoff, this.#cutoff)))]);
      });
      this.#cutoff = Math.max(cutoff, this.#cutoff);
      this.#partitions.forget();
      projector.reset();
      return { deleted };
    });
  }

  size(): Promise<StoreSize> {
    return this.#read(async (client) => {
      const sizes = await runQuery(client, {
        sql: "select sum(pg_total_relation_size(c.oid)) as bytes from pg_class c where c.relnamespace = to_regnamespace($1) and c.relkind = 'r'",
        parameters: [this.#schema],
        columns: { bytes: "bigint" },
      });
      const bytes = sizes[0]?.bytes ?? 0;
      return { usedBytes: bytes, totalBytes: bytes };
    });
  }

  backup(): Promise<void> {
    return Promise.reject(new StoreError("Back up PostgreSQL with pg_dump or pg_basebackup"));
  }

  async export(options: ExportOptions): Promise<number> {
    const table = this.#tables.get(options.table);
    if (options.format === "parquet") throw new StoreError("Only DuckDB writes Parquet; export NDJSON");
    return exportNdjson((query) => this.query(query, UNHURRIED), table, options);
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      // What waits for its turn has written nothing. The other process may never release the lock.
      if (this.#lock.waiting !== undefined) await cancel(this.#pools.control, this.#lock.waiting).catch(() => {});
      await this.#writing;
      await Promise.all(this.#reading);
      await Promise.all(Object.values(this.#pools).map((pool: Pool) => pool.end()));
    })();
    return this.#closing;
  }

  /** Returns the rows that are not stored, each once, numbered. */
  async #selectFresh(transaction: Transaction, rows: readonly Identified[]): Promise<Row[]> {
    if (rows.length === 0) return [];
    const inserted = await transaction.query({
      sql: `insert into ${EVENT_IDS} (id, ts) select i.id, min(i.ts) from unnest($1::text[], $2::text[]::bigint[]) i(id, ts)
            group by i.id on conflict do nothing returning id, nextval('${EVENT_SEQ}') as seq`,
      parameters: [rows.map(({ id }) => id), rows.map(({ ts }) => String(ts))],
      columns: { id: "text", seq: "bigint" },
    });
    const numbers = inserted.map(({ seq }) => seq).sort((a, b) => a - b);
    const wanted = new Set(inserted.map(({ id }) => id));
    // In the order given; each id leaves the set with its first row.
    return rows
      .filter(({ id }) => wanted.delete(id))
      .map((row, index) => Object.assign(row, { seq: numbers[index] ?? 0 }));
  }

  async #makePartitions(transaction: Transaction, rows: readonly Identified[]): Promise<void> {
    const missing = this.#partitions.missing(rows);
    if (missing.length === 0) return;
    // Apart from the group, because the partitioned table can't be read until it is committed.
    await transaction.run(async ({ client }) => {
      for (const month of missing) await this.#partitions.make(client, month);
    });
  }

  async #readStand(transaction: Transaction): Promise<void> {
    const meta = await readMeta(transaction);
    this.#cutoff = Number(meta.get("cutoff") ?? 0);
    this.#epoch = Number(meta.get("epoch") ?? 0);
    this.#projectedBy = meta.get("projected_by");
    const from = meta.get("unprojected_from");
    this.#unprojectedFrom = from === undefined ? undefined : Number(from);
  }

  /**
   * Whether this projector's rows may stand beside those that are there. While one version takes over from another, both
   * write: only the one that has made the projections goes on making them.
   */
  #isProjectedBy({ version }: Projector): boolean {
    const isTheirs = this.#projectedBy !== undefined && this.#projectedBy !== version;
    if (isTheirs && !this.#isToldOfOther) {
      this.#warn({
        code: "projected_elsewhere",
        message: `Another version has made the projections of schema ${this.#schema}. This process goes on storing events, which that version takes into its answers when it stores something itself. Fix: end this process once the other one runs, or open the store with this version again to go back`,
      });
    }
    this.#isToldOfOther = isTheirs;
    return !isTheirs;
  }

  /** Projects what processes of other versions have stored. */
  async #projectMissing(transaction: Transaction, projector: Projector): Promise<void> {
    const { name, columns } = this.#tables.raw;
    if (this.#unprojectedFrom === undefined) return;
    for (let from = this.#unprojectedFrom; ; ) {
      const rows: Row[] = await transaction.query({
        sql: `select ${Object.keys(columns).join(", ")} from ${name} where seq >= $1::bigint order by seq limit $2::bigint`,
        parameters: [from, MOST_ROWS],
        columns,
      });
      if (rows.length > 0) {
        await transaction.apply(await projector.project(rows, transaction));
        projector.committed();
      }
      if (rows.length < MOST_ROWS) break;
      from = seqOf(rows.at(-1)) + 1;
    }
    await transaction.apply([metaChange("unprojected_from")]);
  }

  async #leaveUnprojected(transaction: Transaction, from: number): Promise<void> {
    if (this.#unprojectedFrom === undefined) await transaction.apply([metaChange("unprojected_from", String(from))]);
  }

  /** Tells all processes that rows were deleted or made again. */
  async #nextEpoch(transaction: Transaction): Promise<void> {
    await transaction.apply([metaChange("epoch", String(this.#epoch + 1))]);
  }

  /** One at a time. After a failure the projector forgets everything: what is stored is unknown. */
  #write<T>(projector: Projector | undefined, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(new StoreClosed("The store has been closed"));
    const result = this.#writing.then(async () => {
      let client: PoolClient | undefined;
      try {
        client = await connect(this.#pools.writers, WRITER_DEADLINE_MS);
        const done = await work(new Transaction(client, this.#tables, this.#lock));
        client.release();
        return done;
      } catch (error) {
        client?.release(true);
        this.#partitions.forget();
        this.#lastSeq = -1;
        projector?.reset();
        const failure = toStoreError(error);
        // Nothing here has a deadline: somebody has ended the statement, or the server is too busy to connect.
        throw failure instanceof QueryTimeout ? new StoreUnavailable(failure.message, { cause: error }) : failure;
      }
    });
    this.#writing = result.catch(() => {});
    return result;
  }

  #read<T>(work: (client: PoolClient) => Promise<T>, options?: QueryOptions): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(new StoreClosed("The store has been closed"));
    const result = lend(this.#pools, work, options);
    const settled = result.then(
      () => {},
      () => {},
    );
    this.#reading.add(settled);
    void settled.then(() => this.#reading.delete(settled));
    return result;
  }
}
