import type { Pool, PoolConfig } from "pg";
import { MissingClient, messageOf, StoreError } from "../errors.js";

/** Not every version of the server has all of them. */
function lift(limits: readonly string[]): string {
  return `select set_config(name, '0', false) from pg_settings where name in ('${limits.join("', '")}')`;
}

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

/** Limits that a rebuild or a wait for another writer exceeds. */
const LIMITS = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "transaction_timeout"];
/** The pool lets its idle connections go by itself. */
const IDLE_LIMIT = "idle_session_timeout";

/**
 * A pool whose connections look for tables in the schema, and hand values over as text, booleans apart.
 *
 * @param role what its connections are for: one that writes must not be cut off by limits that are meant for queries
 */
export function makePool(pg: Pg, config: PoolConfig, schema: string, role: "write" | "read"): Pool {
  let pool: Pool;
  try {
    pool = new pg.Pool({
      application_name: "alumiini-history",
      ...config,
      verify: (client, done) => {
        const lifted = role === "write" ? [...LIMITS, IDLE_LIMIT] : [IDLE_LIMIT];
        client.query(`set search_path to ${schema}; ${lift(lifted)}`).then(() => done(), done);
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
