import type { PoolClient } from "pg";
import { columnsOf } from "../cells.js";
import type { TableDefinition } from "../table.js";
import { runQuery } from "./queries.js";

/** A month of the raw table. Times are milliseconds, `to` is left out. */
interface Month {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

const OLDEST_YEARS = 10;
const NEWEST_MONTHS = 1;

/** The monthly partitions of the raw table, which are made from the data. */
export class Partitions {
  readonly #raw: TableDefinition;
  #known = new Set<string>();

  constructor(raw: TableDefinition) {
    this.#raw = raw;
  }

  /** The months of these rows that have no partition yet, as far as is known here. */
  missing(rows: readonly { readonly ts: number }[], now = Date.now()): Month[] {
    const months = new Map<string, Month>();
    const { year, month } = calendar(now);
    const oldest = Date.UTC(year - OLDEST_YEARS, month);
    const newest = Date.UTC(year, month + NEWEST_MONTHS + 1);
    for (const { ts: time } of rows) {
      // A source's clock can say anything; absurd times stay in the default partition.
      if (time < oldest || time >= newest) continue;
      const found = monthOf(this.#raw.name, time);
      if (!this.#known.has(found.name)) months.set(found.name, found);
    }
    return [...months.values()];
  }

  /** Makes a partition, with the rows that came before their month was reasonable. Runs in a transaction. */
  async make(client: PoolClient, { name, from, to }: Month): Promise<void> {
    if (!(await this.#exists(client, name))) {
      const { name: raw, columns } = this.#raw;
      const names = columnsOf(columns)
        .map((column) => column.name)
        .join(", ");
      await client.query(`create table ${name} (like ${raw} including all)`);
      await client.query(
        `with moved as (delete from ${raw}_default where ts >= ${from} and ts < ${to} returning ${names})
         insert into ${name} (${names}) select ${names} from moved`,
      );
      await client.query(`alter table ${raw} attach partition ${name} for values from (${from}) to (${to})`);
    }
    this.#known.add(name);
  }

  /** Drops the months that are wholly before a time. Resolves to the number of rows. Runs in a transaction. */
  async drop(client: PoolClient, cutoff: number): Promise<number> {
    const names = await runQuery(client, {
      sql: `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = to_regclass($1)`,
      parameters: [this.#raw.name],
      columns: { name: "text" },
    });
    let count = 0;
    for (const { name } of names) {
      const [, year, month] = /_(\d{4})_(\d{2})$/.exec(name) ?? [];
      if (year === undefined || month === undefined || Date.UTC(Number(year), Number(month)) > cutoff) continue;
      const rows = await runQuery(client, { sql: `select count(*) as n from ${name}`, columns: { n: "bigint" } });
      count += rows[0]?.n ?? 0;
      await client.query(`drop table ${name}`);
    }
    return count;
  }

  /** After a transaction that failed, or dropped some: which there are is asked again. */
  forget(): void {
    this.#known = new Set();
  }

  async #exists(client: PoolClient, name: string): Promise<boolean> {
    const rows = await runQuery(client, {
      sql: "select to_regclass($1) is not null as there",
      parameters: [name],
      columns: { there: "boolean" },
    });
    return rows[0]?.there === true;
  }
}

function monthOf(raw: string, time: number): Month {
  const { year, month } = calendar(time);
  const name = `${raw}_${String(year).padStart(4, "0")}_${String(month + 1).padStart(2, "0")}`;
  return { name, from: Date.UTC(year, month), to: Date.UTC(year, month + 1) };
}

function calendar(time: number): { year: number; month: number } {
  const date = new Date(time);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() };
}
