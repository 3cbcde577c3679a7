import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { duckdbStore } from "../../src/store/duckdb/duckdb-store.js";
import type { DuckDbOptions } from "../../src/store/duckdb/options.js";
import type { Store, StoreWarning } from "../../src/store/store.js";
import type { TableDefinition } from "../../src/store/table.js";
import { TABLES } from "./sample.js";

/** A directory for a DuckDB file, with what the store warned of. */
export class DuckDbPlace {
  readonly directory: string;
  readonly warnings: StoreWarning[] = [];

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async make(): Promise<DuckDbPlace> {
    return new DuckDbPlace(await mkdtemp(join(tmpdir(), "history-duckdb-")));
  }

  get path(): string {
    return join(this.directory, "history.duckdb");
  }

  open(tables: readonly TableDefinition[] = TABLES, options: Partial<DuckDbOptions> = {}): Promise<Store> {
    return duckdbStore({ path: this.path, ...options }).open(tables, (warning) => this.warnings.push(warning));
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
