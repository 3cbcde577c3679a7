/** One record of an outbox. */
export interface OutboxRecord {
  /** The position: 1 or more, ascending, never used twice in one outbox. */
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** Why an outbox took no record: it is full, it is closed, or the record alone exceeds what a record may be. */
export type OutboxRefusal = "full" | "closed" | "too_large";

/** An outbox's counts and state, at this instant. */
export interface OutboxStats {
  /** Records appended and not acknowledged, those of earlier processes included. */
  readonly pending: number;
  /** Bytes in use, in the unit of the outbox's bound. */
  readonly bytes: number;
  /** Records found damaged and skipped since `open`. */
  readonly corrupt: number;
  /** True while records are held in memory only, because storage failed. */
  readonly degraded: boolean;
  /** The last storage failure; stays after recovery. */
  readonly lastError?: Error;
}

/**
 * A durable queue between acceptance and delivery: what was synced before a crash is read again after it.
 * `@alumiini/outbox` implements it on files. One outbox belongs to one sink.
 */
export interface Outbox {
  /**
   * Opens the storage and recovers what an earlier process left. Called once, by the delivery runtime.
   *
   * @throws when the storage can't be used at all, for instance because another process holds it.
   */
  open(options: { readonly onFailure: (error: Error) => void }): Promise<void>;
  /**
   * Takes a record at once, without waiting for storage, and answers its sequence, or why it took none. Never throws.
   * Before `open` has resolved it takes records too.
   */
  append(payload: Uint8Array): number | OutboxRefusal;
  /**
   * Records with a sequence greater than `after`, ascending, that were not acknowledged: at most `maxRecords`, and at
   * most `maxBytes` unless the first alone is larger. None are left when the answer is empty.
   */
  read(
    after: number,
    limits: { readonly maxRecords: number; readonly maxBytes: number },
  ): Promise<readonly OutboxRecord[]>;
  /** Marks records as done, in any order. They may be read again after a crash, and never otherwise. */
  acknowledge(sequences: readonly number[]): void;
  /** Resolves when everything appended and acknowledged before the call survives a crash. Rejects where it does not. */
  flush(): Promise<void>;
  /** Flushes, then releases the storage. */
  close(): Promise<void>;
  stats(): OutboxStats;
}
