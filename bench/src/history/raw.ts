import type { WireEvent } from "@alumiini/core";
import { DuckDBInstance } from "@duckdb/node-api";
import pg from "pg";

/** What a history writes of an event into its raw table, column by column. */
const COLUMNS = {
  id: "text",
  ts: "bigint",
  received_at: "bigint",
  seq: "bigint",
  event_id: "text",
  form: "text",
  rank: "bigint",
  system: "text",
  source: "text",
  type: "text",
  cluster: "text",
  namespace: "text",
  repo: "text",
  sync: "text",
  trace: "text",
  outcome: "text",
  severity: "text",
  duration_ms: "bigint",
  revision: "text",
  environment: "text",
  error_type: "text",
  subject: "text",
  body: "text",
} as const;

type RawRow = Readonly<Record<string, string | number | null>>;

/** A table without keys and projections, to which rows are appended the fastest way that the engine has. */
export interface RawStore {
  /** One transaction. */
  append(rows: readonly RawRow[]): Promise<void>;
  close(): Promise<void>;
}

let seq = 0;

/** The raw row that a history makes of an event. */
export function rawRowOf(event: WireEvent): RawRow {
  return {
    id: `alumiini:${event.id}`,
    ts: Date.parse(event.timestamp),
    received_at: Date.now(),
    seq: ++seq,
    event_id: event.id,
    form: "alumiini",
    rank: 0,
    system: "alumiini",
    source: "alumiini",
    type: event.type,
    cluster: event.cluster_id,
    namespace: event.namespace,
    repo: event.repo_name,
    sync: String(event.attributes["alumiini.sync.id"]),
    trace: null,
    outcome: event.outcome,
    severity: event.severity,
    duration_ms: event.duration_ms,
    revision: event.commit,
    environment: null,
    error_type: event.error_type,
    subject: null,
    body: JSON.stringify(event),
  };
}

/** @throws where a history makes other rows of events than {@link rawRowOf}, for then the comparison is none */
export function verifySame(made: RawRow, own: RawRow): void {
  for (const column of new Set([...Object.keys(made), ...Object.keys(own)])) {
    const differs =
      column === "body" ? String(made[column]).length !== String(own[column]).length : made[column] !== own[column];
    if (differs && column !== "received_at" && column !== "seq") {
      throw new Error(`${column}: the history writes ${made[column]}, raw writes ${own[column]}`);
    }
  }
}

/** DuckDB's appender within one explicit transaction, with the memory and the threads that a history has. */
export async function duckdbRaw(path: string): Promise<RawStore> {
  const instance = await DuckDBInstance.create(path, { threads: "1", memory_limit: "256MiB" });
  const connection = await instance.connect();
  const columns = Object.entries(COLUMNS);
  await connection.run(`create table raw (${columns.map(([name, type]) => `${name} ${type}`).join(", ")})`);
  const appendGroup = async (rows: readonly RawRow[]): Promise<void> => {
    await connection.run("begin");
    const appender = await connection.createAppender("raw");
    for (const row of rows) {
      for (const [name, type] of columns) {
        const cell = row[name];
        if (cell === null || cell === undefined) appender.appendNull();
        else if (type === "bigint") appender.appendBigInt(BigInt(cell));
        else appender.appendVarchar(String(cell));
      }
      appender.endRow();
    }
    appender.closeSync();
    await connection.run("commit");
  };
  let last: Promise<void> = Promise.resolve();
  return {
    append(rows) {
      last = last.then(() => appendGroup(rows));
      return last;
    },
    async close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/**
 * PostgreSQL's lists of columns in one prepared insert, which is faster than rows of values, into a table with a key and
 * the indexes of the history's.
 *
 * @param schema that of the history
 */
export async function postgresRaw(connectionString: string, schema: string): Promise<RawStore> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const columns = Object.entries(COLUMNS);
  await client.query(`create table public.raw (like ${schema}.events including all, primary key (id))`);
  const lists = columns.map(([, type], index) => `$${index + 1}::${type}[]`).join(", ");
  const names = columns.map(([name]) => name).join(", ");
  const text = `insert into public.raw (${names}) select * from unnest(${lists}) on conflict do nothing`;
  let last: Promise<unknown> = Promise.resolve();
  return {
    async append(rows) {
      const values = columns.map(([name]) => rows.map((row) => row[name] ?? null));
      last = last.then(() => client.query({ name: "raw", text, values }));
      await last;
    },
    close: () => client.end(),
  };
}
