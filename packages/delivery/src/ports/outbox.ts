/** One record of an outbox. */
export interface OutboxRecord {
  /** The position: 1 or more, ascending, never used twice in one outbox. */
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** Why an outbox took no record: it is full, it is closed (or failed), or the record alone exceeds the largest allowed. */
export type OutboxRefusal = "full" | "closed" | "too_large";

/**
 * Where an outbox stands:
 * - `opening`: it reads what an earlier process left. It takes records.
 * - `open`: records become durable as they come.
 * - `degraded`: storage fails or is gone; records are held in memory and written once it works again, or other storage is in
 *   its place.
 * - `failed`: the last `open` was rejected. It takes no records; the delivery runtime calls `open` again.
 * - `closed`: for good.
 */
export type OutboxState = "opening" | "open" | "degraded" | "failed" | "closed";

/** An outbox's counts and state, at this instant. */
export interface OutboxStats {
  readonly state: OutboxState;
  /**
   * Records appended and not acknowledged, those of earlier processes included. Once `close` has settled: those of them
   * that are in storage. With `acknowledgedNotStored` they are what the next process recovers, exactly.
   */
  readonly pending: number;
  /** Of those pending: not in storage yet, because they are about to be written or storage fails. A crash loses them. */
  readonly notStored: number;
  /** Acknowledged records whose acknowledgement is not in storage: after a crash, or at the next start, they come again. */
  readonly acknowledgedNotStored: number;
  /** Bytes in use, in the unit of the outbox's bound. */
  readonly bytes: number;
  /** Records found damaged and skipped since `open`. */
  readonly corrupt: number;
  /** Records that are known to have been stored and are gone, such as those of a missing file, since `open`. */
  readonly lost: number;
  /** True while records, or messages instead of them, are held in memory only: `degraded` and `failed`. */
  readonly degraded: boolean;
  /** Dead letters kept. */
  readonly deadLetters: number;
  /** Milliseconds since the oldest pending record was appended; `undefined` where there is none, or it is not known. */
  readonly oldestPendingMs: number | undefined;
  /** The last storage failure; stays after recovery. */
  readonly lastError?: Error;
}

/** A message that was given up, kept with its outbox. */
export interface DeadLetterRecord {
  /** The message, as `encodeMessage` wrote it. */
  readonly payload: Uint8Array;
  /** Why, as a `DropReason`. */
  readonly reason: string;
  /** What the receiver said, without credentials. */
  readonly error: string;
  /** When it was given up, in milliseconds since 1970. */
  readonly time: number;
}

/** What `Outbox.open` is given. */
export interface OutboxOpenOptions {
  /** Takes what goes wrong from now on. */
  readonly onFailure: (error: Error) => void;
  /**
   * Called when the storage had gone (its directory was deleted or moved away, its volume detached) and what is in its place
   * now has been opened instead. No sequence from before means anything any more, and what is pending was left by others.
   * `kept` are the records that were not in storage yet and are not acknowledged, ascending. The runtime appends anew,
   * within the call, what is to be kept, in the order in which it is to be read again. Without it, `kept` is appended.
   */
  readonly onReplaced?: (kept: readonly OutboxRecord[]) => void;
}

/**
 * A durable queue between acceptance and delivery: what was synced before a crash is read again after it.
 * `@alumiini/outbox` implements it on files. One outbox belongs to one sink.
 */
export interface Outbox {
  /**
   * Opens the storage and recovers what an earlier process left; resolves when recovery has ended. The delivery runtime
   * calls it, and calls it again after it was rejected, with growing pauses, until it resolves or the sink closes. A
   * rejected `open` leaves nothing open, forgets what was appended before it (the runtime keeps its own copy and appends
   * it once a later `open` has resolved), and sets the state to `failed`.
   *
   * @throws when the storage can't be used now, for instance because another process holds it.
   */
  open(options: OutboxOpenOptions): Promise<void>;
  /**
   * Takes a record at once, without waiting for storage, and returns its sequence, or why it took none. Never throws.
   * While the first `open` is under way it takes records too; in the state `failed` it returns `closed`.
   */
  append(payload: Uint8Array): number | OutboxRefusal;
  /**
   * Records with a sequence greater than `after`, ascending, that were not acknowledged: at most `maxRecords`, and at
   * most `maxBytes` unless the first alone is larger. None are left when the result is empty. The same records may be
   * read several times: the runtime skips messages that wait for others of their key, and reads them later.
   */
  read(
    after: number,
    limits: { readonly maxRecords: number; readonly maxBytes: number },
  ): Promise<readonly OutboxRecord[]>;
  /** Marks records as done, in any order. They may be read again after a crash, and never otherwise. */
  acknowledge(sequences: readonly number[]): void;
  /**
   * Keeps a message that was given up, until somebody sends it again or discards it; called before the message's record
   * is acknowledged. Takes it at once and never throws. It must be bounded: the oldest go first. Absent where an outbox
   * keeps none.
   */
  keepDeadLetter?(deadLetter: DeadLetterRecord): void;
  /**
   * Resolves when everything appended and acknowledged before the call survives a crash. Rejects where it does not. Calls
   * at the same time share one write.
   */
  flush(): Promise<void>;
  /**
   * Flushes, then releases the storage. Whether it resolves or rejects, `stats()` tell afterwards what the next process
   * will recover.
   */
  close(): Promise<void>;
  stats(): OutboxStats;
}
