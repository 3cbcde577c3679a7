import type { Cohort } from "../flush-epochs.js";
import type { ResolvedOptions } from "../options.js";
import type { Message } from "../ports/message.js";
import type { DeliveryTime } from "../ports/time.js";
import type { GroupOf } from "./batch-scheduler.js";
import { Entry } from "./entry.js";
import { KeyedQueue } from "./keyed-queue.js";

/** What is in memory, waiting or under way, within its bounds. */
export class Memory {
  readonly queue: KeyedQueue;
  messages = 0;
  bytes = 0;
  /** Messages that are in memory only. */
  volatile = 0;

  constructor(
    readonly options: ResolvedOptions,
    readonly time: DeliveryTime,
    groupOf: GroupOf,
  ) {
    this.queue = new KeyedQueue(options, groupOf);
  }

  /** Whether a message of so many bytes is larger than any may be. */
  neverFits(bytes: number): boolean {
    return bytes > this.#largest();
  }

  /** Whether not even the smallest message fits. */
  get full(): boolean {
    return this.messages >= this.options.maxQueueMessages || this.bytes >= this.options.maxQueueBytes;
  }

  /** Whether there is room for a message of so many bytes. */
  fits(bytes: number): boolean {
    const { maxQueueMessages, maxQueueBytes } = this.options;
    return this.messages < maxQueueMessages && this.bytes + bytes <= maxQueueBytes;
  }

  /** Takes out what has waited longest until a message of so many bytes fits; nothing where that would not help. */
  evictFor(bytes: number): Entry[] {
    const evicted: Entry[] = [];
    const { waiting, waitingBytes } = this.queue;
    const { maxQueueMessages, maxQueueBytes } = this.options;
    // What is under way stays.
    if (this.messages - waiting >= maxQueueMessages) return evicted;
    if (this.bytes - waitingBytes + bytes > maxQueueBytes) return evicted;
    while (!this.fits(bytes)) {
      const oldest = this.queue.dropOldest();
      if (oldest === undefined) break;
      this.forget(oldest);
      evicted.push(oldest);
    }
    return evicted;
  }

  /** What may be read back from the outbox, from the moment when half of the memory is free. */
  room(): { readonly maxRecords: number; readonly maxBytes: number } | undefined {
    const { maxQueueMessages, maxQueueBytes } = this.options;
    const free = maxQueueBytes - this.bytes;
    if (this.messages > maxQueueMessages / 2 || this.bytes > maxQueueBytes / 2) return undefined;
    // The first record comes whatever its size.
    if (this.messages > 0 && free < this.#largest()) return undefined;
    return { maxRecords: maxQueueMessages - this.messages, maxBytes: free };
  }

  /** Takes a message of so many bytes in. `sequence` is its record in the outbox, 0 when it has none. */
  add(message: Message, bytes: number, sequence: number, cohort: Cohort): void {
    this.messages++;
    this.bytes += bytes;
    if (sequence === 0) this.volatile++;
    cohort.inMemory++;
    this.queue.push(new Entry(message, bytes, this.time.now(), cohort, sequence));
  }

  /** What an entry taken from the queue took up is free again. */
  forget({ bytes, cohort, sequence }: Entry): void {
    this.messages--;
    this.bytes -= bytes;
    if (sequence === 0) this.volatile--;
    cohort.inMemory--;
  }

  /** Bytes of the largest message that is accepted. */
  #largest(): number {
    return Math.min(this.options.maxBatchBytes, this.options.maxQueueBytes);
  }
}
