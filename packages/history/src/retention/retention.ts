import { milliseconds, type RulesFor, wholeNumber } from "@alumiini/core/adapter";
import { messageOf, StoreClosed, StoreError } from "../store/errors.js";
import type { Retained, Store } from "../store/store.js";
import { RetentionClock } from "./clock.js";

/** What is deleted when: events that are older than an age, and the oldest where the store gets too big. */
export interface RetentionOptions {
  /**
   * Milliseconds, 1 or more. A clock that jumps ahead is not believed before events of its time have come, and not for a
   * day: until then less is deleted, and a warning says so.
   */
  readonly maxAgeMs?: number | undefined;
  /**
   * Bytes of used blocks (`stats().usedBytes`), 1 or more. Where there are more, the oldest tenth of the events is deleted
   * until it fits; on PostgreSQL, which gives space back by whole partitions only, the oldest month that has ended.
   */
  readonly maxBytes?: number | undefined;
  /** How often it is looked at, in milliseconds, besides once after opening. Default 3,600,000. */
  readonly everyMs?: number | undefined;
}

/** The rules of {@link RetentionOptions}. */
export const RETENTION_RULES = {
  maxAgeMs: wholeNumber(1, Number.MAX_SAFE_INTEGER, undefined),
  maxBytes: wholeNumber(1, Number.MAX_SAFE_INTEGER, undefined),
  everyMs: milliseconds(1, 3_600_000),
} satisfies RulesFor<RetentionOptions>;

/** What retention works with. */
export interface RetentionParts {
  readonly store: Pick<Store, "cutoff" | "engine" | "query" | "size">;
  now(): number;
  /** Milliseconds of a clock that is never set. */
  monotonic(): number;
  /** Deletes what is older. */
  retain(cutoff: number): Promise<Retained>;
  /** Called with what went wrong; it is tried again the next time. */
  warn(message: string): void;
}

const DAY_MS = 86_400_000;
/** Tenths, or months, that are deleted at a time before the next look. */
const MOST_ROUNDS = 20;
/** Rounds that free nothing before the rest is left alone. */
const MOST_IN_VAIN = 4;
/** DuckDB frees blocks in groups of this many rows: fewer are deleted only where the store is small, and writes its rows again. */
const DUCKDB_ROWS = 130_000;

/** Applies retention now and then, one at a time. */
export class Retention {
  readonly #options: Omit<RetentionOptions, "everyMs">;
  readonly #parts: RetentionParts;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #clock = new RetentionClock();
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(options: RetentionOptions & { readonly everyMs: number }, parts: RetentionParts) {
    this.#options = options;
    this.#parts = parts;
    this.#timer = setInterval(() => this.#start(), options.everyMs);
    this.#timer.unref();
    this.#start();
  }

  /** Resolves when what is under way has come to the end of its step; nothing is deleted afterwards. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closed = true;
    await this.#running;
  }

  #start(): void {
    this.#running ??= this.#apply()
      .catch((error: unknown) => {
        if (!(error instanceof StoreClosed)) this.#parts.warn(messageOf(error));
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  async #apply(): Promise<void> {
    const { maxAgeMs, maxBytes } = this.#options;
    if (maxAgeMs !== undefined) await this.#expire(maxAgeMs);
    if (maxBytes !== undefined) await this.#shrink(maxBytes);
  }

  async #expire(maxAgeMs: number): Promise<void> {
    const { store, now, monotonic, retain, warn } = this.#parts;
    const wall = now();
    const [found] = await store.query({
      sql: "select min(e.ts) as oldest, max(e.ts) as newest from events e where e.ts <= $1::bigint",
      parameters: [Math.floor(wall)],
      columns: { oldest: "bigint?", newest: "bigint?" },
    });
    const { oldest = null, newest = null } = found ?? {};
    // Nothing to delete, and nothing to check the clock against.
    if (oldest === null || newest === null) return;
    // Retention by size moves the cutoff for other reasons.
    const reached = this.#options.maxBytes === undefined && store.cutoff > 0 ? store.cutoff + maxAgeMs : 0;
    const time = this.#clock.look(wall, monotonic(), newest, reached);
    const cutoff = Math.floor(time - maxAgeMs);
    if (cutoff > 0) await retain(cutoff);
    if (wall - time > DAY_MS && oldest < wall - maxAgeMs) {
      warn(
        `The clock says ${utc(wall)}, which no event confirms; what is too old goes by ${utc(time)}. Fix: set the clock; where it is right, wait a day for events of its time`,
      );
    }
  }

  async #shrink(maxBytes: number): Promise<void> {
    const { store, retain } = this.#parts;
    let least = Number.POSITIVE_INFINITY;
    let inVain = 0;
    for (let round = 0; round < MOST_ROUNDS && !this.#closed; round++) {
      const { usedBytes } = await store.size();
      if (usedBytes <= maxBytes) return;
      inVain = usedBytes < least ? 0 : inVain + 1;
      least = Math.min(least, usedBytes);
      const cutoff = await this.#oldestPart();
      const why =
        cutoff === undefined
          ? "there are no events left that can be deleted"
          : inVain >= MOST_IN_VAIN && "deleting old events frees no space";
      if (why || cutoff === undefined) {
        throw new StoreError(
          `The store uses ${usedBytes} bytes, more than retention.maxBytes, ${maxBytes}, and ${why}. Fix: raise maxBytes`,
        );
      }
      await retain(cutoff);
    }
  }

  /** The time before which a tenth of the events lie, or the oldest month; undefined where there is no such. */
  async #oldestPart(): Promise<number | undefined> {
    const { store, now } = this.#parts;
    const [all] = await store.query({
      sql: "select min(e.ts) as ts, count(*) as n from events e",
      columns: { ts: "bigint?", n: "bigint" },
    });
    const count = all?.n ?? 0;
    const rows = Math.max(Math.ceil(count / 10), count > 1.5 * DUCKDB_ROWS ? DUCKDB_ROWS : 1);
    const [tenth] =
      store.engine === "postgresql"
        ? [all]
        : await store.query({
            sql: "select max(t.ts) as ts from (select e.ts from events e order by e.ts limit $1::bigint) t",
            parameters: [rows],
            columns: { ts: "bigint?" },
          });
    const time = tenth?.ts ?? null;
    if (time === null || time >= now()) return undefined;
    if (store.engine === "duckdb") return time + 1;
    const date = new Date(time);
    const end = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
    return end > now() ? undefined : end;
  }
}

function utc(time: number): string {
  return new Date(time).toISOString();
}
