import type { Pool, PoolConfig } from "pg";
import { MissingClient, messageOf, StoreError } from "../errors.js";

/** The package, as far as it is needed at run time. */
export type Pg = Pick<typeof import("pg"), "Pool">;

const BOOLEAN_OID = 16;

/** @throws MissingClient where it is not installed */
export async function loadPg(): Promise<Pg> {
  try {
    const module = await import("pg");
    return module.default;
  } catch (cause) {
    throw new MissingClient(
      `postgresStore needs the package pg. Install it: npm install pg (${messageOf(cause).split("\n")[0]})`,
      { cause },
    );
  }
}

/** A pool whose connections look for tables in the schema, and hand values over as text, booleans apart. */
export function makePool(pg: Pg, config: PoolConfig, schema: string): Pool {
  let pool: Pool;
  try {
    pool = new pg.Pool({
      application_name: "alumiini-history",
      ...config,
      verify: (client, done) => {
        client.query(`set search_path to ${schema}`).then(() => done(), done);
      },
      types: {
        getTypeParser: (oid: number) => (text: string) => (oid === BOOLEAN_OID ? text === "t" : text),
      },
    });
  } catch {
    // Its error holds the connection string, and with it the password.
    throw new StoreError("postgresStore: connectionString is no URL of PostgreSQL");
  }
  // If an unused connection breaks, the next caller gets another. One that breaks while it is used
  // rejects what it was asked, and says so here too, which would end the process without a listener.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}
