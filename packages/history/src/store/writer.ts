import { setImmediate, setTimeout as wait } from "node:timers/promises";
import { storableText } from "./cells.js";
import { messageOf, StoreBusy, StoreClosed, StoreDamaged, StoreError, StoreHeld, StoreUnavailable } from "./errors.js";
import type { ObservedSpans } from "./observed.js";
import { MOST_ROWS } from "./sql.js";
import type { Batch, Committed, Projector, Store } from "./store.js";
import type { Row } from "./table.js";

/** How a writer groups and bounds. Times are in milliseconds. */
export interface WriterOptions {
  /** The longest that an event waits for its group. Default 200. */
  readonly maxDelayMs?: number;
  /** Rows that make a group complete before that. Default 400; batches that wait are joined up to 4,000. */
  readonly groupRows?: number;
  /** Rows that may wait before `add` refuses. Default 20,000. */
  readonly maxWaitingRows?: number;
  /** Bytes that may wait before `add` refuses, about. Default 64 MiB. */
  readonly maxWaitingBytes?: number;
  /** The first and the longest pause before a group is offered again. Default 100 and 5,000. */
  readonly retry?: { readonly firstMs: number; readonly longestMs: number };
  /** Where the writer notes when it was recording, and which sources sent events. */
  readonly observed?: ObservedSpans;
  /** Called with what has just been stored, in the order of `seq`. */
  readonly onStored?: (fresh: readonly Row[]) => void;
  /** Called when a group fails: once for each outage, and for each batch that is rejected. */
  readonly onFailure?: (error: StoreError) => void;
}

/** What has become of the rows that `add` took: they are the sum of all fields but `retries`. */
export interface WriterStats {
  readonly stored: number;
  readonly duplicates: number;
  readonly expired: number;
  /** Rows of batches that the store can't take, which the caller has been told. */
  readonly rejected: number;
  readonly waiting: number;
  /** Groups offered again after a failure. */
  readonly retries: number;
}

/** What the writer needs of a store. */
export type CommitTo = Pick<Store, "commit" | "cutoff">;

/** Failures that are the store's and not a row's: a group is offered until somebody has mended the store. */
const MAY_PASS = [StoreUnavailable, StoreHeld, StoreDamaged];

interface Waiting {
  readonly batch: Batch;
  readonly bytes: number;
  resolve(committed: Committed): void;
  reject(error: StoreError): void;
}

/**
 * Gathers batches into groups and stores each group in one transaction. What `add` returned resolves when its rows are
 * committed: only then may a message be acknowledged. While the store is unavailable the group is offered again; rows
 * that are stored already are left out then. A batch that the store can't take is rejected without stopping the others.
 */
export class GroupWriter {
  readonly #store: CommitTo;
  readonly #projector: Projector;
  readonly #options: Required<Omit<WriterOptions, "observed" | "onStored" | "onFailure">> & WriterOptions;
  #queue: Waiting[] = [];
  #rows = 0;
  #bytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #ticker: ReturnType<typeof setInterval> | undefined;
  #running: Promise<void> | undefined;
  /** The group that is being stored, or the last one. */
  #group: Promise<void> | undefined;
  /** Batches that were added, and those of them that are stored or rejected: they come and go in the same order. */
  #added = 0;
  #settled = 0;
  #roomFor: (() => void)[] = [];
  readonly #stopped = new AbortController();
  #closing: Promise<void> | undefined;
  readonly #counts = { stored: 0, duplicates: 0, expired: 0, rejected: 0, retries: 0 };

  constructor(store: CommitTo, projector: Projector, options: WriterOptions = {}) {
    this.#store = store;
    this.#projector = projector;
    this.#options = {
      maxDelayMs: 200,
      groupRows: 400,
      maxWaitingRows: 20_000,
      maxWaitingBytes: 64 * 2 ** 20,
      retry: { firstMs: 100, longestMs: 5_000 },
      ...options,
    };
    const { observed } = options;
    if (observed === undefined) return;
    this.#ticker = setInterval(() => {
      if (observed.isDue(Date.now())) this.#start();
    }, observed.writeEveryMs);
    this.#ticker.unref();
  }

  /**
   * Resolves when the batch is committed.
   *
   * @throws StoreBusy when too much is waiting, StoreClosed, or why the store can't take this batch
   */
  add(batch: Batch): Promise<Committed> {
    if (this.#closing !== undefined) return Promise.reject(new StoreClosed("The store has been closed"));
    const rows = rowsOf(batch);
    if (rows > MOST_ROWS) return Promise.reject(new StoreError(`a batch has at most ${MOST_ROWS} rows`));
    if (!this.hasRoom) return Promise.reject(new StoreBusy(`${this.#rows} rows are waiting to be stored already`));
    const bytes = bytesOf(batch);
    this.#rows += rows;
    this.#bytes += bytes;
    this.#added++;
    return new Promise((resolve, reject) => {
      this.#queue.push({ batch, bytes, resolve, reject });
      if (this.#rows >= this.#options.groupRows) this.#start();
      else this.#timer ??= setTimeout(() => this.#start(), this.#options.maxDelayMs);
    });
  }

  /** Whether `add` would take something now. */
  get hasRoom(): boolean {
    return this.#rows < this.#options.maxWaitingRows && this.#bytes < this.#options.maxWaitingBytes;
  }

  /** Resolves when `add` would take something: what a consumer waits for before it reads on. */
  async room(): Promise<void> {
    while (!this.hasRoom && this.#closing === undefined) {
      await new Promise<void>((resolve) => this.#roomFor.push(resolve));
    }
  }

  stats(): WriterStats {
    return { ...this.#counts, waiting: this.#rows };
  }

  /**
   * Resolves when everything that was added before has been stored or rejected. It does not wait for what comes
   * meanwhile: where events never stop coming, it would never resolve.
   */
  async flush(): Promise<void> {
    const added = this.#added;
    while (this.#settled < added) {
      this.#start();
      await this.#group;
    }
  }

  /** Stores what waits, for up to `timeoutMs`; what is left then is rejected with `StoreClosed`. Default 10,000. */
  close(timeoutMs = 10_000): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  async #close(timeoutMs: number): Promise<void> {
    clearInterval(this.#ticker);
    this.#makeRoom();
    const timer = setTimeout(() => this.#stopped.abort(), timeoutMs);
    await this.flush();
    await this.#running;
    this.#options.observed?.finish(Date.now());
    this.#start();
    await this.#running;
    clearTimeout(timer);
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    try {
      do {
        this.#group = this.#storeNext();
        await this.#group;
        this.#makeRoom();
      } while (this.#queue.length > 0);
    } finally {
      // At once: what is added in between would find it running, and wait for the next batch.
      this.#running = undefined;
    }
  }

  async #storeNext(): Promise<void> {
    // A consumer that has just been told of a commit adds more in the same turn, which belongs to this group: tables,
    // statements and commits cost a large group hardly more than a small one.
    await setImmediate();
    await this.#storeGroup(this.#nextGroup());
  }

  #nextGroup(): Waiting[] {
    let rows = 0;
    let length = 0;
    for (const { batch } of this.#queue) {
      rows += rowsOf(batch);
      if (length > 0 && rows > MOST_ROWS) break;
      length++;
    }
    return this.#queue.splice(0, length);
  }

  /** Stores a group, in halves where the store can't take it as a whole. */
  async #storeGroup(group: readonly Waiting[]): Promise<void> {
    const failure = await this.#offer(group);
    if (failure === undefined) return;
    const [only, ...others] = group;
    if (only === undefined) return;
    if (others.length === 0 || failure instanceof StoreClosed) {
      for (const waiting of group) {
        this.#leave(waiting);
        this.#counts.rejected += waiting.batch.events.length;
        waiting.reject(failure);
      }
      this.#options.onFailure?.(failure);
      return;
    }
    const half = Math.ceil(group.length / 2);
    await this.#storeGroup(group.slice(0, half));
    await this.#storeGroup(group.slice(half));
  }

  /** Offers a group until it is stored. Returns why the store can't take it, if it can't. */
  async #offer(group: readonly Waiting[]): Promise<StoreError | undefined> {
    const { observed, retry, onFailure } = this.#options;
    const events = group.flatMap(({ batch }) => batch.events);
    for (let attempt = 0; ; attempt++) {
      const spans = observed?.changes(Date.now()) ?? [];
      try {
        const changes = [...group.flatMap(({ batch }) => batch.changes), ...spans];
        if (events.length === 0 && changes.length === 0) return undefined;
        const committed = await this.#store.commit({ events, changes }, this.#projector);
        observed?.written(spans, committed.fresh);
        this.#settle(group, committed.fresh);
        return undefined;
      } catch (error) {
        const failure = error instanceof StoreError ? error : new StoreError(messageOf(error), { cause: error });
        if (this.#stopped.signal.aborted) return new StoreClosed("The store was closed before it could store this");
        if (!MAY_PASS.some((kind) => failure instanceof kind)) return failure;
        if (attempt === 0) onFailure?.(failure);
        this.#counts.retries++;
        const pause = Math.min(retry.firstMs * 2 ** attempt, retry.longestMs) * (0.75 + Math.random() / 2);
        await wait(pause, undefined, { signal: this.#stopped.signal }).catch(() => {});
      }
    }
  }

  /** Resolves each batch with what became of its rows. */
  #settle(group: readonly Waiting[], stored: readonly Row[]): void {
    const byId = new Map(stored.map((row) => [String(row["id"]), row]));
    for (const waiting of group) {
      this.#leave(waiting);
      const { batch, resolve } = waiting;
      const fresh: Row[] = [];
      let expired = 0;
      for (const { id, ts } of batch.events) {
        const key = storableText(String(id));
        const row = byId.get(key);
        if (row !== undefined) fresh.push(row);
        else if (Number(ts) < this.#store.cutoff) expired++;
        byId.delete(key);
      }
      const duplicates = batch.events.length - fresh.length - expired;
      this.#counts.stored += fresh.length;
      this.#counts.duplicates += duplicates;
      this.#counts.expired += expired;
      resolve({ fresh, duplicates, expired });
    }
    if (stored.length > 0) this.#options.onStored?.(stored);
  }

  #leave({ batch, bytes }: Waiting): void {
    this.#rows -= rowsOf(batch);
    this.#bytes -= bytes;
    this.#settled++;
  }

  #makeRoom(): void {
    const waiting = this.#roomFor;
    this.#roomFor = [];
    for (const resolve of waiting) resolve();
  }
}

function rowsOf({ events, changes }: Batch): number {
  return events.length + changes.reduce((sum, { append }) => sum + append.length, 0);
}

/** What a row takes besides its body, roughly. */
const ROW_BYTES = 400;

/** Bodies are what can be big. */
function bytesOf({ events, changes }: Batch): number {
  let bytes = 0;
  for (const rows of [events, ...changes.map(({ append }) => append)]) {
    for (const { body } of rows) bytes += ROW_BYTES + (typeof body === "string" ? 2 * body.length : 0);
  }
  return bytes;
}
