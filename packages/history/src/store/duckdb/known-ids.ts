import type { DuckDBConnection } from "@duckdb/node-api";
import { selectKnown } from "../sql.js";
import type { TableDefinition } from "../table.js";
import { BloomFilter } from "./bloom-filter.js";
import type { DuckDb } from "./client.js";
import { runQuery } from "./queries.js";

/** What is looked for, and when it probably was. */
type Hit = { readonly id: string; readonly ts: number };

/**
 * Which raw ids are stored, without an index: a filter in memory says no for most new ones at once, and only those that
 * it may hold are looked up. An index would cost half the speed, and 0.04 of it with old duplicates.
 */
export class KnownIds {
  readonly #duckdb: DuckDb;
  readonly #raw: TableDefinition;
  #filter: BloomFilter;
  #next: BloomFilter | undefined;

  private constructor(duckdb: DuckDb, raw: TableDefinition, ids: number) {
    this.#duckdb = duckdb;
    this.#raw = raw;
    this.#filter = new BloomFilter(ids);
  }

  /** Reads all ids: a second for a million. */
  static async load(duckdb: DuckDb, connection: DuckDBConnection, raw: TableDefinition): Promise<KnownIds> {
    const count = await runQuery(duckdb, connection, {
      sql: `select count(*) as n from ${raw.name}`,
      columns: { n: "bigint" },
    });
    const known = new KnownIds(duckdb, raw, 2 * (count[0]?.n ?? 0));
    await known.#fill(connection, known.#filter);
    return known;
  }

  /** The filter is so full that it sends too many new ids to be looked up. */
  get isFull(): boolean {
    return this.#filter.size > this.#filter.capacity && this.#next === undefined;
  }

  /** Reads all ids into a filter twice the size, while the old one works on. */
  async grow(connection: DuckDBConnection): Promise<void> {
    const next = new BloomFilter(this.#filter.size * 2);
    this.#next = next;
    try {
      await this.#fill(connection, next);
      this.#filter = next;
    } finally {
      this.#next = undefined;
    }
  }

  /** After a commit, and after one that failed: it may have happened. */
  add(id: string): void {
    this.#filter.add(id);
    this.#next?.add(id);
  }

  /** Returns which of the rows are stored, by id. */
  find(connection: DuckDBConnection, rows: readonly Hit[]): Promise<Set<string>> {
    const hits = rows.filter(({ id }) => this.#filter.mayHold(id));
    return this.#lookUp(connection, hits);
  }

  async #lookUp(connection: DuckDBConnection, hits: readonly Hit[]): Promise<Set<string>> {
    const found = new Set<string>();
    if (hits.length === 0) return found;
    const ids = hits.map(({ id }) => id);
    const times = hits.map(({ ts }) => ts);
    // What comes again mostly has the time that it had, and a range of time spares DuckDB the rest of the table.
    const range = { from: Math.min(...times), to: Math.max(...times) };
    for (const { id } of await runQuery(this.#duckdb, connection, selectKnown(this.#raw, ids, range))) found.add(id);
    const rest = ids.filter((id) => !found.has(id));
    if (rest.length === 0) return found;
    for (const { id } of await runQuery(this.#duckdb, connection, selectKnown(this.#raw, rest))) found.add(id);
    return found;
  }

  async #fill(connection: DuckDBConnection, filter: BloomFilter): Promise<void> {
    const result = await connection.stream(`select id from ${this.#raw.name}`);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      for (const [id] of chunk.getRows()) if (typeof id === "string") filter.add(id);
    }
  }
}
