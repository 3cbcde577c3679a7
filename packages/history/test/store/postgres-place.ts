import { randomBytes } from "node:crypto";
import { needPostgres, PostgresServer } from "@alumiini-internal/test-support/postgres-server";
import pg from "pg";
import { afterAll } from "vitest";
import { postgresStore } from "../../src/store/postgres/postgres-store.js";
import type { Store } from "../../src/store/store.js";
import type { TableDefinition } from "../../src/store/table.js";
import { TABLES } from "./sample.js";

let shared: Promise<PostgresServer> | undefined;

/** One server for a test file, stopped when the file is done. Call it while a test or hook runs. */
export async function sharedPostgres(context: { skip(reason: string): void }): Promise<PostgresServer> {
  await needPostgres(context);
  shared ??= PostgresServer.start();
  return shared;
}

/** Stops the server that {@link sharedPostgres} has started. Call it once in the file. */
export function stopSharedPostgres(): void {
  afterAll(async () => {
    await (await shared)?.stop();
  });
}

/** A schema of its own on a server. */
export class PostgresPlace {
  readonly url: string;
  readonly schema = `test_${randomBytes(6).toString("hex")}`;

  constructor(url: string) {
    this.url = url;
  }

  open(tables: readonly TableDefinition[] = TABLES): Promise<Store> {
    return postgresStore({ connectionString: this.url, schema: this.schema }).open(tables, () => {});
  }

  /** Asks the server itself, past the store. */
  async ask(sql: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    try {
      await client.query(`set search_path to ${this.schema}`);
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  async remove(): Promise<void> {
    await this.ask(`drop schema if exists ${this.schema} cascade`);
  }
}
