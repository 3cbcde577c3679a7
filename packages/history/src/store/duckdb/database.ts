import { realpath, rename } from "node:fs/promises";
import { makeDirectory } from "@alumiini/core/node";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { codeOf, messageOf } from "../errors.js";
import type { StoreWarning } from "../store.js";
import { closeAppenders } from "./append.js";
import type { DuckDb } from "./client.js";
import { kindOfFailure, toStoreError } from "./failures.js";
import type { ResolvedDuckDbOptions } from "./options.js";

/** An open file with its two connections: one that writes, one that reads. */
export interface Connections {
  readonly writer: DuckDBConnection;
  readonly reader: DuckDBConnection;
  /** Checkpoints off the event loop, then closes. */
  close(): Promise<void>;
  /** Closes what a failure has left, without a checkpoint. */
  abandon(): void;
}

/** Opens the file. A damaged write-ahead log is moved aside, since DuckDB refuses the whole store because of it. */
export async function connectTo(
  duckdb: DuckDb,
  options: ResolvedDuckDbOptions,
  warn: (warning: StoreWarning) => void,
): Promise<Connections> {
  const { path } = options;
  let instance: DuckDBInstance;
  try {
    instance = await create(duckdb, options);
  } catch (error) {
    if (kindOfFailure(error) !== "wal_damaged" || options.readOnly) throw toStoreError(error, path);
    const aside = `${path}.wal.damaged-${Date.now()}`;
    await rename(`${path}.wal`, aside);
    instance = await create(duckdb, options).catch((again: unknown) => {
      throw toStoreError(again, path);
    });
    warn({
      code: "wal_damaged",
      message: `The write-ahead log of ${path} is damaged and was moved to ${aside}: ${messageOf(error).split("\n")[0]}. What was stored after the last checkpoint is missing. Streams are read again from the stored position.`,
    });
  }
  try {
    const writer = await instance.connect();
    await harden(writer, options);
    return new OpenFile(instance, writer, await instance.connect(), options.readOnly);
  } catch (error) {
    instance.closeSync();
    throw toStoreError(error, path);
  }
}

function create(duckdb: DuckDb, options: ResolvedDuckDbOptions): Promise<DuckDBInstance> {
  return duckdb.DuckDBInstance.create(options.path, {
    access_mode: options.readOnly ? "READ_ONLY" : "READ_WRITE",
    threads: String(options.threads),
    memory_limit: `${options.memoryLimitMb}MiB`,
    // A checkpoint compresses the last rows of each table again, whatever is new in them: four times as many at DuckDB's
    // 16 MB cost a fifth more CPU time for each event. What is in the log is in memory, also when it is replayed.
    checkpoint_threshold: `${Math.floor(options.memoryLimitMb / 4)}MiB`,
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    allow_community_extensions: "false",
  });
}

/** In this order: each step takes away what the one before it needed. */
async function harden(connection: DuckDBConnection, options: ResolvedDuckDbOptions): Promise<void> {
  const { exportDirectory } = options;
  if (exportDirectory !== undefined) await makeDataDirectory(exportDirectory);
  const allowed = exportDirectory === undefined ? "" : quote(`${await realpath(exportDirectory)}/`);
  for (const setting of [
    `temp_directory = ${quote(`${options.path}.tmp`)}`,
    `max_temp_directory_size = '${options.maxTempMb}MiB'`,
    `allowed_directories = [${allowed}]`,
    "enable_external_access = false",
    "lock_configuration = true",
  ]) {
    await connection.run(`set ${setting}`);
  }
}

async function makeDataDirectory(directory: string): Promise<void> {
  await makeDirectory(directory).catch((error: unknown) => {
    if (codeOf(error) !== "EROFS") throw error;
  });
}

/** Text as SQL; for what can't be a parameter. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

class OpenFile implements Connections {
  readonly #instance: DuckDBInstance;
  readonly writer: DuckDBConnection;
  readonly reader: DuckDBConnection;
  readonly #readOnly: boolean;

  constructor(instance: DuckDBInstance, writer: DuckDBConnection, reader: DuckDBConnection, readOnly: boolean) {
    this.#instance = instance;
    this.writer = writer;
    this.reader = reader;
    this.#readOnly = readOnly;
  }

  async close(): Promise<void> {
    // Closing would do it too, on the event loop. Where it fails, the write-ahead log is replayed by the next opening.
    if (!this.#readOnly) await this.writer.run("checkpoint").catch(() => {});
    this.abandon();
  }

  abandon(): void {
    closeAppenders(this.writer);
    this.writer.closeSync();
    this.reader.closeSync();
    this.#instance.closeSync();
  }
}
