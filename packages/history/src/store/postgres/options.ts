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

/** @throws TypeError where an option is out of its range */
export function resolveOptions(options: PostgresOptions): ResolvedPostgresOptions {
  const { connectionString, schema = "alumiini_history", maxReaders = 4, ssl } = options;
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(schema)) {
    throw new TypeError("postgresStore: schema must have lower case letters, digits and _ only");
  }
  if (!Number.isInteger(maxReaders) || maxReaders < 1 || maxReaders > 100) {
    throw new TypeError("postgresStore: maxReaders must be a whole number from 1 to 100");
  }
  const connection = { connectionString, connectionTimeoutMillis: 10_000, ...(ssl === undefined ? {} : { ssl }) };
  return { schema, maxReaders, connection };
}
