import { type RulesFor, readOptions, required, secret, text, value, wholeNumber } from "@alumiini/core/adapter";
import type { PoolConfig } from "pg";

/** How a PostgreSQL store is opened. */
export interface PostgresOptions {
  /** `postgresql://user:password@host:port/database`. It never appears in an error. PostgreSQL 15 or later. */
  readonly connectionString: string;
  /** The schema that holds the tables; made where there is none. Lower case, digits and `_`. Default `alumiini_history`. */
  readonly schema?: string;
  /** Connections that queries use at a time, 1 to 100; one more writes, and one more ends queries. Default 4. */
  readonly maxReaders?: number;
  /** As `pg` takes it; default what the connection string says. */
  readonly ssl?: PoolConfig["ssl"];
}

/** The options with all defaults in. */
export interface ResolvedPostgresOptions {
  readonly schema: string;
  readonly maxReaders: number;
  readonly connection: PoolConfig;
}

const RULES = {
  connectionString: secret(required(text(undefined))),
  schema: value(
    "1 to 63 lower case letters, digits and _, a letter first",
    (given): given is string => typeof given === "string" && /^[a-z][a-z0-9_]{0,62}$/.test(given),
    "alumiini_history",
  ),
  maxReaders: wholeNumber(1, 100, 4),
  ssl: value(
    "true, false, or TLS options as pg takes them",
    (given): given is PoolConfig["ssl"] => typeof given === "boolean" || (typeof given === "object" && given !== null),
    undefined,
  ),
} satisfies RulesFor<PostgresOptions>;

/** @throws {@link OptionError} where an option is missing, unknown or out of its range */
export function resolveOptions(options: PostgresOptions): ResolvedPostgresOptions {
  const { connectionString, schema, maxReaders, ssl } = readOptions("postgresStore", options, RULES);
  const connection = { connectionString, connectionTimeoutMillis: 10_000, ...(ssl === undefined ? {} : { ssl }) };
  return { schema, maxReaders, connection };
}
