import { messageOf, StoreDamaged, StoreError, StoreHeld, StoreUnavailable } from "../errors.js";

/** What a failure of DuckDB means for the store. */
export type FailureKind =
  | "fatal"
  | "interrupted"
  | "held"
  | "wal_damaged"
  | "damaged"
  | "disk_full"
  | "read_only"
  | "out_of_memory"
  | "other";

/** DuckDB's errors have no code, so their words are all there is; nowhere else is one looked at. First match wins. */
const SIGNS: readonly (readonly [FailureKind, RegExp])[] = [
  ["fatal", /^FATAL Error|database has been invalidated/],
  ["interrupted", /^INTERRUPT Error/],
  ["held", /Could not set lock on file|Conflicting lock is held/],
  ["wal_damaged", /replaying WAL|Corrupt WAL|WAL file/],
  ["damaged", /Corrupt database file|computed checksum|^Serialization Error|not a valid DuckDB database file/],
  ["out_of_memory", /^Out of Memory Error|Allocation failure/],
  ["read_only", /Read-only file system|read-only mode|readonly database|Permission denied/],
  [
    "disk_full",
    /No space left on device|Could not write file|max_temp_directory_size|Disk quota exceeded|File too large/,
  ],
];

/** Classifies by the words of the message. */
export function kindOfFailure(error: unknown): FailureKind {
  const message = messageOf(error);
  return SIGNS.find(([, sign]) => sign.test(message))?.[0] ?? "other";
}

/** The error to throw for one of DuckDB's, in the store's words. */
export function toStoreError(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error;
  const said = messageOf(error).split("\n")[0] ?? "";
  const options = { cause: error };
  switch (kindOfFailure(error)) {
    case "held": {
      const holder = /held in (.+?)( \(PID \d+\))/.exec(said);
      return new StoreHeld(
        `${path} is held by ${holder === null ? "another process" : `${holder[1]}${holder[2]}`}. One process at a time can open it; ask the running one over HTTP.`,
        options,
      );
    }
    case "fatal":
      return new StoreUnavailable(`DuckDB stopped after a failure and is opened again: ${said}`, options);
    case "disk_full":
      return new StoreUnavailable(`The disk of ${path} is full: ${said}`, options);
    case "read_only":
      return new StoreUnavailable(
        `${path} can't be written: ${said}. To query it as it is, open it with { readOnly: true }.`,
        options,
      );
    case "out_of_memory":
      return new StoreUnavailable(
        `The query needs more memory than memoryLimitMb and maxTempMb allow: ${said}`,
        options,
      );
    case "damaged":
    case "wal_damaged":
      return new StoreDamaged(`${path} is damaged; restore a backup, or rebuild from the stream: ${said}`, options);
    default:
      return new StoreError(said, options);
  }
}
