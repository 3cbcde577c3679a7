import type { Outbox, OutboxRecord, OutboxRefusal, OutboxStats } from "../../src/delivery/index.js";

/** Records that outlive the outbox object, as files outlive a process. */
export class Storage {
  readonly records = new Map<number, Uint8Array>();
  lastSequence = 0;
}

/** An outbox over a `Storage`, that fails on demand. */
export class MemoryOutbox implements Outbox {
  /** What the next calls do instead of working. */
  failOpen: Error | undefined;
  failRead: Error | undefined;
  failFlush: Error | undefined;
  failClose: Error | undefined;
  refuse: OutboxRefusal | undefined;
  throwOnAppend: Error | undefined;
  opened = 0;
  closed = 0;
  /** Resolves `open`. */
  finishOpening: () => void = () => {};

  constructor(
    readonly storage = new Storage(),
    readonly manualOpen = false,
  ) {}

  async open(): Promise<void> {
    this.opened++;
    if (this.manualOpen) {
      await new Promise<void>((resolve) => {
        this.finishOpening = resolve;
      });
    }
    if (this.failOpen !== undefined) throw this.failOpen;
  }

  append(payload: Uint8Array): number | OutboxRefusal {
    if (this.throwOnAppend !== undefined) throw this.throwOnAppend;
    if (this.refuse !== undefined) return this.refuse;
    this.storage.records.set(++this.storage.lastSequence, payload);
    return this.storage.lastSequence;
  }

  async read(after: number, limits: { maxRecords: number; maxBytes: number }): Promise<readonly OutboxRecord[]> {
    if (this.failRead !== undefined) throw this.failRead;
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

  async flush(): Promise<void> {
    if (this.failFlush !== undefined) throw this.failFlush;
  }

  async close(): Promise<void> {
    this.closed++;
    if (this.failClose !== undefined) throw this.failClose;
  }

  stats(): OutboxStats {
    return { pending: this.storage.records.size, bytes: 0, corrupt: 0, degraded: false };
  }
}
