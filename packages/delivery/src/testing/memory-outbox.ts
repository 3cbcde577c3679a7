import type { Outbox, OutboxRecord, OutboxRefusal, OutboxStats } from "../index.js";

/** What a `MemoryOutbox` writes to: it outlives the outbox, as files outlive a process. */
export interface MemoryOutboxStorage {
  /** Payloads by sequence, ascending. */
  readonly records: Map<number, Uint8Array>;
  lastSequence: number;
}

/**
 * An outbox for tests: it keeps records in memory and never fails. Two of them over one storage, one after the other,
 * stand for a process that ends and the one that follows it.
 */
export class MemoryOutbox implements Outbox {
  constructor(readonly storage: MemoryOutboxStorage = { records: new Map(), lastSequence: 0 }) {}

  async open(_options?: Parameters<Outbox["open"]>[0]): Promise<void> {}

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

  async flush(): Promise<void> {}

  async close(): Promise<void> {}

  stats(): OutboxStats {
    let bytes = 0;
    for (const payload of this.storage.records.values()) bytes += payload.length;
    return { pending: this.storage.records.size, bytes, corrupt: 0, degraded: false };
  }
}
