import { StoreClosed } from "../errors.js";
import type { StoreWarning } from "../store.js";
import type { DuckDb } from "./client.js";
import { type Connections, connectTo } from "./database.js";
import { kindOfFailure, toStoreError } from "./failures.js";
import type { ResolvedDuckDbOptions } from "./options.js";

/** One opening of the file, until a fatal failure. */
interface Generation {
  readonly connections: Connections;
  users: number;
  dead: boolean;
}

/**
 * The file, opened again after a failure that DuckDB calls fatal: it refuses everything then until it is closed. The old
 * instance is closed first, when nothing uses it any more, because two instances on one file lose rows.
 */
export class DatabaseFile {
  readonly #duckdb: DuckDb;
  readonly #options: ResolvedDuckDbOptions;
  readonly #warn: (warning: StoreWarning) => void;
  #current: Promise<Generation> | undefined;
  #closed = false;

  constructor(duckdb: DuckDb, options: ResolvedDuckDbOptions, warn: (warning: StoreWarning) => void) {
    this.#duckdb = duckdb;
    this.#options = options;
    this.#warn = warn;
  }

  /** Runs on the open file. What it throws comes out as a `StoreError`. */
  async use<T>(work: (connections: Connections) => Promise<T>): Promise<T> {
    const generation = await this.#enter();
    try {
      return await work(generation.connections);
    } catch (error) {
      if (kindOfFailure(error) === "fatal") generation.dead = true;
      throw toStoreError(error, this.#options.path);
    } finally {
      this.#leave(generation);
    }
  }

  /** Call when nothing is under way any more. */
  async close(): Promise<void> {
    this.#closed = true;
    const current = this.#current;
    this.#current = undefined;
    // Where it could not be opened again there is nothing to close.
    const generation = await current?.catch(() => undefined);
    await generation?.connections.close();
  }

  async #enter(): Promise<Generation> {
    for (;;) {
      if (this.#closed) throw new StoreClosed("The store has been closed");
      this.#current ??= this.#open();
      const generation = await this.#current;
      if (!generation.dead) {
        generation.users++;
        return generation;
      }
      // Its last user is about to bury it.
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  #leave(generation: Generation): void {
    generation.users--;
    if (!generation.dead || generation.users > 0) return;
    generation.connections.abandon();
    this.#current = undefined;
    this.#warn({
      code: "reopened",
      message: `DuckDB gave up on ${this.#options.path} after a failure; the file is opened again.`,
    });
  }

  async #open(): Promise<Generation> {
    try {
      return { connections: await connectTo(this.#duckdb, this.#options, this.#warn), users: 0, dead: false };
    } catch (error) {
      this.#current = undefined;
      throw error;
    }
  }
}
