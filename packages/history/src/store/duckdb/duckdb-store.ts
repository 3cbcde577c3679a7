import type { DuckDBConnection } from "@duckdb/node-api";
import { type Identified, identify } from "../cells.js";
import { StoreClosed, StoreError, StoreUnavailable } from "../errors.js";
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
import { type DuckDb, loadDuckDb } from "./client.js";
import { backupTo, exportParquet, measure } from "./copies.js";
import type { Connections } from "./database.js";
import { DatabaseFile } from "./file.js";
import { type Guard, holdFile, realPathOf } from "./guard.js";
import { KnownIds } from "./known-ids.js";
import { type DuckDbOptions, type ResolvedDuckDbOptions, resolveOptions } from "./options.js";
import { runQuery } from "./queries.js";
import { QueryQueue } from "./query-queue.js";
import { createTables, readColumnOrder, tableStatement } from "./schema.js";
import { type ColumnOrder, Transaction } from "./transaction.js";

/** Copies and the like, which no caller waits for by the second. */
const UNHURRIED: QueryOptions = { deadlineMs: 3_600_000 };

/**
 * The embedded store: one file, one process at a time. Needs the package `@duckdb/node-api`.
 *
 * @throws {@link OptionError} where an option is missing, unknown or out of its range
 */
export function duckdbStore(options: DuckDbOptions): StoreOptions {
  const resolved = resolveOptions(options);
  return {
    async open(tables, warn) {
      const catalogue = catalogueOf(tables);
      const duckdb = await loadDuckDb();
      const path = await realPathOf(resolved.path);
      const guard = await holdFile(path).catch((error: unknown) => {
        // Where no lock can be written, nobody else can write either.
        if (resolved.readOnly && error instanceof StoreUnavailable) return undefined;
        throw error;
      });
      const file = new DatabaseFile(duckdb, { ...resolved, path }, warn);
      try {
        return await DuckDbStore.open(duckdb, { ...resolved, path }, catalogue, file, guard, warn);
      } catch (error) {
        await file.close();
        await guard?.release();
        throw error;
      }
    },
  };
}

/** Rows of a table that are written again to give back the space of deleted ones: less than a second's work. */
const MOST_COMPACTED = 200_000;

/**
 * Writes the rows of a small table again where a tenth of them was deleted. DuckDB frees blocks by 122,880 rows, so a
 * smaller table would keep the space of all that was ever in it.
 */
async function compact(transaction: Transaction, table: string, deleted: number, order: ColumnOrder): Promise<void> {
  const [left] = await transaction.query({ sql: `select count(*) as n from ${table}`, columns: { n: "bigint" } });
  const count = left?.n ?? 0;
  if (count > MOST_COMPACTED || deleted * 10 < count) return;
  // A table of its own: deleting and inserting all rows of one in a transaction has crashed DuckDB in its checkpoint.
  const copy = `${table}_kept`;
  await transaction.execute(tableStatement(copy, order.get(table) ?? []));
  await transaction.execute(`insert into ${copy} select * from ${table}`);
  await transaction.execute(`drop table ${table}`);
  await transaction.execute(`alter table ${copy} rename to ${table}`);
}

/** What is read from the file when it is opened. */
interface Opened {
  readonly order: ColumnOrder;
  readonly known: KnownIds;
  readonly projectedBy: string | undefined;
  readonly seq: number;
  readonly cutoff: number;
}

class DuckDbStore implements Store {
  readonly engine = "duckdb";
  readonly readOnly: boolean;
  readonly sharedWriters = false;
  readonly #warn: (warning: StoreWarning) => void;
  readonly #duckdb: DuckDb;
  readonly #options: ResolvedDuckDbOptions;
  readonly #tables: Catalogue;
  readonly #file: DatabaseFile;
  readonly #guard: Guard | undefined;
  readonly #order: ColumnOrder;
  readonly #known: KnownIds;
  readonly #queue: QueryQueue;
  #reading: Connections | undefined;
  #writing: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;
  #projectedBy: string | undefined;
  #seq: number;
  #cutoff: number;

  private constructor(
    duckdb: DuckDb,
    options: ResolvedDuckDbOptions,
    tables: Catalogue,
    file: DatabaseFile,
    guard: Guard | undefined,
    opened: Opened,
    warn: (warning: StoreWarning) => void,
  ) {
    this.#warn = warn;
    this.readOnly = options.readOnly;
    this.#duckdb = duckdb;
    this.#options = options;
    this.#tables = tables;
    this.#file = file;
    this.#guard = guard;
    this.#order = opened.order;
    this.#known = opened.known;
    this.#projectedBy = opened.projectedBy;
    this.#seq = opened.seq;
    this.#cutoff = opened.cutoff;
    this.#queue = new QueryQueue({ interrupt: () => this.#reading?.reader.interrupt() });
  }

  static async open(
    duckdb: DuckDb,
    options: ResolvedDuckDbOptions,
    tables: Catalogue,
    file: DatabaseFile,
    guard: Guard | undefined,
    warn: (warning: StoreWarning) => void,
  ): Promise<DuckDbStore> {
    const opened = await file.use(async ({ writer }): Promise<Opened> => {
      if (!options.readOnly) await createTables(duckdb, writer, tables);
      const order = await readColumnOrder(duckdb, writer, tables);
      const known = await KnownIds.load(duckdb, writer, tables.raw);
      const last = await runQuery(duckdb, writer, {
        sql: `select max(seq) as seq from ${tables.raw.name}`,
        columns: { seq: "bigint?" },
      });
      const meta = await readMeta(new Transaction(duckdb, writer, tables, order));
      return {
        order,
        known,
        projectedBy: meta.get("projected_by"),
        seq: last[0]?.seq ?? 0,
        cutoff: Number(meta.get("cutoff") ?? 0),
      };
    });
    return new DuckDbStore(duckdb, options, tables, file, guard, opened, warn);
  }

  get cutoff(): number {
    return this.#cutoff;
  }

  get projectedBy(): string | undefined {
    return this.#projectedBy;
  }

  commit({ events, changes }: Batch, projector: Projector): Promise<Committed> {
    if (events.length > MOST_ROWS) return Promise.reject(new StoreError(`a group has at most ${MOST_ROWS} rows`));
    return this.#write(projector, async (transaction, connections) => {
      const rows = identify(this.#tables.raw, events);
      const current = rows.filter(({ ts }) => ts >= this.#cutoff);
      const fresh = await this.#selectFresh(connections, current);
      const committed = {
        fresh,
        duplicates: current.length - fresh.length,
        expired: rows.length - current.length,
      };
      if (fresh.length === 0 && changes.length === 0) return committed;
      try {
        await transaction.run(async () => {
          await transaction.append(this.#tables.raw.name, fresh);
          if (fresh.length > 0) await transaction.apply(await projector.project(fresh, transaction));
          await transaction.apply(mergeChanges(changes, this.#tables));
        });
      } finally {
        // Also after a failure, for a commit that throws may have happened.
        for (const { id } of fresh) this.#known.add(String(id));
      }
      projector.committed();
      if (this.#known.isFull) void this.#growFilter();
      return committed;
    });
  }

  query<C extends ColumnsOf>(query: Query<C>, options?: QueryOptions): Promise<RowOf<C>[]> {
    return this.#read(({ reader }) => runQuery(this.#duckdb, reader, query), options);
  }

  known(ids: readonly string[], range?: TimeRange): Promise<Set<string>> {
    const rows = ids.map((id) => ({ id, ts: range?.from ?? 0 }));
    return this.#read(({ reader }) => this.#known.find(reader, rows));
  }

  rebuild(projector: Projector, { ifNeeded = false }: RebuildOptions = {}): Promise<number> {
    return this.#write(projector, async (transaction) => {
      if (ifNeeded && this.#projectedBy === projector.version) return 0;
      const count = await transaction.run(async () => {
        projector.reset();
        for (const { name } of this.#tables.projections) await transaction.execute(`delete from ${name}`);
        let count = 0;
        // Nothing else writes meanwhile, so the other connection sees the same raw rows.
        for await (const rows of scan((query) => this.query(query, UNHURRIED), this.#tables.raw)) {
          await transaction.apply(await projector.project(rows, transaction));
          projector.committed();
          if (ifNeeded && isLongFrom(count, rows.length)) this.#warn(REBUILDING);
          count += rows.length;
        }
        await transaction.apply([metaChange("projected_by", projector.version)]);
        return count;
      });
      this.#projectedBy = projector.version;
      return count;
    });
  }

  retain(cutoff: number, boundary: Boundary, projector: Projector): Promise<Retained> {
    return this.#write(projector, async (transaction, { writer }) => {
      const deleted: Record<string, number> = {};
      await transaction.run(async () => {
        const changes = await boundary(transaction);
        for (const { name, time } of this.#tables.retained) {
          const count = await transaction.execute(`delete from ${name} where ${time} < $1`, [cutoff]);
          deleted[name] = count;
          if (count > 0) await compact(transaction, name, count, this.#order);
        }
        await transaction.apply([...changes, metaChange("cutoff", String(Math.max(cutoff, this.#cutoff)))]);
      });
      this.#cutoff = Math.max(cutoff, this.#cutoff);
      projector.reset();
      await this.#checkpoint(writer);
      return { deleted };
    });
  }

  size(): Promise<StoreSize> {
    return this.#read(({ reader }) => measure(this.#duckdb, reader, this.#options.path));
  }

  backup(file: string): Promise<void> {
    return this.#read(({ reader }) => backupTo(this.#duckdb, reader, this.#options, file), UNHURRIED);
  }

  export(options: ExportOptions): Promise<number> {
    const table = this.#tables.get(options.table);
    if (options.format === "ndjson") return exportNdjson((query) => this.query(query, UNHURRIED), table, options);
    return this.#read(({ reader }) => exportParquet(this.#duckdb, reader, this.#options, table, options), UNHURRIED);
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.#writing;
      await this.#queue.idle();
      await this.#file.close();
      await this.#guard?.release();
    })();
    return this.#closing;
  }

  /** Returns the rows that are not stored, each once, numbered. */
  async #selectFresh({ writer }: Connections, rows: readonly Identified[]): Promise<Row[]> {
    const stored = await this.#known.find(writer, rows);
    const fresh: Row[] = [];
    for (const row of rows) {
      if (stored.has(row.id)) continue;
      stored.add(row.id);
      this.#seq++;
      fresh.push(Object.assign(row, { seq: this.#seq }));
    }
    return fresh;
  }

  /** One at a time. After a failure the projector forgets everything: what is stored is unknown. */
  #write<T>(
    projector: Projector,
    work: (transaction: Transaction, connections: Connections) => Promise<T>,
  ): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(new StoreClosed("The store has been closed"));
    const result = this.#writing.then(async () => {
      try {
        return await this.#file.use((connections) =>
          work(new Transaction(this.#duckdb, connections.writer, this.#tables, this.#order), connections),
        );
      } catch (error) {
        projector.reset();
        throw error;
      }
    });
    this.#writing = result.catch(() => {});
    return result;
  }

  #read<T>(work: (connections: Connections) => Promise<T>, options?: QueryOptions): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(new StoreClosed("The store has been closed"));
    return this.#queue.run(
      () =>
        this.#file.use((connections) => {
          this.#reading = connections;
          return work(connections);
        }),
      options,
    );
  }

  /**
   * Frees the blocks of deleted rows for new ones. DuckDB refuses it while something is read, so it takes its turn among
   * the queries. Where it fails all the same, what was deleted stays so, and a later checkpoint frees the blocks.
   */
  async #checkpoint(writer: DuckDBConnection): Promise<void> {
    await this.#queue.run(() => writer.run("checkpoint"), UNHURRIED).catch(() => {});
  }

  async #growFilter(): Promise<void> {
    try {
      await this.#read(({ reader }) => this.#known.grow(reader), UNHURRIED);
    } catch {
      // It works without, and tries again after the next group.
    }
  }
}
