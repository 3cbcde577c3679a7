import type {
  DeadLetterRecord,
  Outbox,
  OutboxOpenOptions,
  OutboxRecord,
  OutboxRefusal,
  OutboxState,
  OutboxStats,
} from "../index.js";

/** What a `MemoryOutbox` writes to: it outlives the outbox, as files outlive a process. */
export interface MemoryOutboxStorage {
  /** Payloads by sequence, ascending. */
  readonly records: Map<number, Uint8Array>;
  lastSequence: number;
  /** Messages given up, the oldest first. */
  readonly deadLetters: DeadLetterRecord[];
}

/**
 * An outbox for tests: it keeps records in memory and never fails. Two of them over one storage, one after the other,
 * are like a process that ends and the one that follows it.
 */
export class MemoryOutbox implements Outbox {
  #state: OutboxState = "opening";

  constructor(readonly storage: MemoryOutboxStorage = { records: new Map(), lastSequence: 0, deadLetters: [] }) {}

  async open(_options?: OutboxOpenOptions): Promise<void> {
    this.#state = "open";
  }

  append(payload: Uint8Array): number | OutboxRefusal {
    this.storage.records.set(++this.storage.lastSequence, payload);
    return this.storage.lastSequence;
  }

  async read(after: number, limits: Parameters<Outbox["read"]>[1]): Promise<readonly OutboxRecord[]> {
    const found: OutboxRecord[] = [];
    let bytes = 0;
    for (const [sequence, payload] of this.storage.records) {
      if (sequence <= after) continue;
      bytes += payload.length;
      if (found.length === limits.maxRecords || (found.length > 0 && bytes > limits.maxBytes)) break;
      found.push({ sequence, payload });
    }
    return found;
  }

  acknowledge(sequences: readonly number[]): void {
    for (const sequence of sequences) this.storage.records.delete(sequence);
  }

  keepDeadLetter(deadLetter: DeadLetterRecord): void {
    this.storage.deadLetters.push(deadLetter);
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.#state = "closed";
  }

  stats(): OutboxStats {
    let bytes = 0;
    for (const payload of this.storage.records.values()) bytes += payload.length;
    return {
      state: this.#state,
      pending: this.storage.records.size,
      notStored: 0,
      acknowledgedNotStored: 0,
      bytes,
      corrupt: 0,
      lost: 0,
      degraded: this.#state === "failed",
      deadLetters: this.storage.deadLetters.length,
      oldestPendingMs: undefined,
    };
  }
}
