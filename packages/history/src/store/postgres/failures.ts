import { codeOf, messageOf, QueryTimeout, StoreDamaged, StoreError, StoreUnavailable } from "../errors.js";

/** By the code's beginning: SQLSTATE or the system's. */
const KINDS: readonly (readonly [string, new (message: string, options: ErrorOptions) => StoreError])[] = [
  ["57014", QueryTimeout],
  // The connection, the server's shutdown, its resources (disk, memory, connections), read-only servers.
  ["08", StoreUnavailable],
  ["57P", StoreUnavailable],
  ["53", StoreUnavailable],
  ["58", StoreUnavailable],
  ["25006", StoreUnavailable],
  ["40", StoreUnavailable],
  ["55P03", StoreUnavailable],
  ["XX00", StoreDamaged],
  ["E", StoreUnavailable],
];

/** The error to throw for one of PostgreSQL's or its client's. */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const code = codeOf(error) ?? "";
  const Kind = KINDS.find(([prefix]) => code.startsWith(prefix))?.[1] ?? kindWithoutCode(error);
  return new Kind(`PostgreSQL: ${messageOf(error) || code}`, { cause: error });
}

/** What the client says itself has no code. */
function kindWithoutCode(error: unknown): new (message: string, options: ErrorOptions) => StoreError {
  return /Connection terminated|timeout exceeded|not queryable|Client was closed/i.test(messageOf(error))
    ? StoreUnavailable
    : StoreError;
}
