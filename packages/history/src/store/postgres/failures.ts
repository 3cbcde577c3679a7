import { codeOf, messageOf, QueryTimeout, StoreDamaged, StoreError, StoreUnavailable } from "../errors.js";

type Kind = new (message: string, options: ErrorOptions) => StoreError;

/** By the code's beginning: SQLSTATE or the system's. First match wins. */
const KINDS: readonly (readonly [string, Kind])[] = [
  ["57014", QueryTimeout],
  ["XX001", StoreDamaged],
  ["XX002", StoreDamaged],
  // What is wrong with a value or a row: the same one would be refused again.
  ["21", StoreError],
  ["22", StoreError],
  ["23", StoreError],
  ["54", StoreError],
];

/** What to do about a pooler that lends a connection for a transaction only. */
export const KEEP_SESSIONS =
  "connect to PostgreSQL itself, or let the pooler keep sessions (pool_mode = session in PgBouncer)";

/** What a person has to do, by the code's beginning. */
const FIXES: readonly (readonly [string, string])[] = [
  ["26000", KEEP_SESSIONS],
  ["42P05", KEEP_SESSIONS],
  ["25006", "connect to the primary as a role without default_transaction_read_only: this session may only read"],
  [
    "42501",
    "let the role own the schema and its tables, or make them as this role: it needs usage and create on the schema",
  ],
  ["28", "check the user and the password of connectionString, and pg_hba.conf"],
  ["3F000", "grant the role usage on the schema"],
  ["3D000", "create the database, or name another one in connectionString"],
  ["42P01", "restore the table, or start again: projections that are missing are made when the store is opened"],
  ["53300", "lower maxReaders, or raise max_connections of the server"],
  ["53400", "raise temp_file_limit for this role"],
];

/** The error to throw for one of PostgreSQL's or its client's. */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const code = codeOf(error) ?? "";
  const starts = ([prefix]: readonly [string, unknown]): boolean => code.startsWith(prefix);
  const Kind = KINDS.find(starts)?.[1] ?? kindOf(code, error);
  const fix = FIXES.find(starts)?.[1];
  const said = `PostgreSQL: ${messageOf(error) || code}`;
  return new Kind(fix === undefined ? said : `${said}. Fix: ${fix}`, { cause: error });
}

/**
 * Everything else that the server, the system or the connection says may be otherwise later: rights, settings, tables
 * that another version changes, resources. A message must not be given up for it.
 */
function kindOf(code: string, error: unknown): Kind {
  if (code !== "") return StoreUnavailable;
  // What the client says itself has no code.
  return /Connection terminated|timeout exceeded|not queryable|Client was closed/i.test(messageOf(error))
    ? StoreUnavailable
    : StoreError;
}
