import type { Outbox, OutboxRecord, OutboxRefusal } from "../../src/index.js";
import { MemoryOutbox } from "../../src/testing/index.js";

/** An outbox that fails on demand. */
export class FailingOutbox extends MemoryOutbox {
  /** What the next calls do instead of working. */
  failOpen: Error | undefined;
  failRead: Error | undefined;
  failFlush: Error | undefined;
  failClose: Error | undefined;
  refuse: OutboxRefusal | undefined;
  throwOnAppend: Error | undefined;
  closed = 0;
  readonly #appended: number[] = [];
  /** Where it is set, opening waits for it. */
  opening: Promise<void> | undefined;

  override async open(): Promise<void> {
    await this.opening;
    if (this.failOpen === undefined) return super.open();
    // As the interface says: what was appended before is forgotten.
    for (const sequence of this.#appended) this.storage.records.delete(sequence);
    throw this.failOpen;
  }

  override append(payload: Uint8Array): number | OutboxRefusal {
    if (this.throwOnAppend !== undefined) throw this.throwOnAppend;
    if (this.refuse !== undefined) return this.refuse;
    const sequence = super.append(payload);
    if (typeof sequence === "number") this.#appended.push(sequence);
    return sequence;
  }

  override async read(after: number, limits: Parameters<Outbox["read"]>[1]): Promise<readonly OutboxRecord[]> {
    if (this.failRead !== undefined) throw this.failRead;
    return super.read(after, limits);
  }

  override async flush(): Promise<void> {
    if (this.failFlush !== undefined) throw this.failFlush;
  }

  override async close(): Promise<void> {
    this.closed++;
    if (this.failClose !== undefined) throw this.failClose;
  }
}
