import type { FlushEpoch } from "../flush-epochs.js";
import type { ResolvedOptions } from "../options.js";
import type { Message } from "../ports/message.js";
import type { GroupOf } from "./batch-scheduler.js";
import { Entry } from "./entry.js";
import { KeyedQueue } from "./keyed-queue.js";

/** What is in memory, waiting or under way, within its bounds. */
export class MessageBuffer {
  readonly queue: KeyedQueue;
  messages = 0;
  bytes = 0;
  /** Messages that are in memory only, those held until the outbox takes them included. */
  volatile = 0;

  constructor(
    readonly options: ResolvedOptions,
    groupOf: GroupOf,
  ) {
    this.queue = new KeyedQueue(options, groupOf);
  }

  /** Whether a message of `bytes` exceeds the largest accepted size. */
  neverFits(bytes: number): boolean {
    return bytes > this.#largest();
  }

  /** Whether not even the smallest message fits. */
  get full(): boolean {
    return this.messages >= this.options.maxQueueMessages || this.bytes >= this.options.maxQueueBytes;
  }

  /** Whether there is room for a message of `bytes`. */
  fits(bytes: number): boolean {
    const { maxQueueMessages, maxQueueBytes } = this.options;
    return this.messages < maxQueueMessages && this.bytes + bytes <= maxQueueBytes;
  }

  /** Takes out what has waited longest until a message of `bytes` fits; nothing where that would not help. */
  evictOldest(bytes: number): Entry[] {
    return this.#couldFit(bytes) ? this.#evict(bytes, () => this.queue.dropOldest()) : [];
  }

  /** Takes out messages of a key that holds more than its share, until one of `key` of `bytes` fits. */
  evictForShare(key: string, bytes: number): Entry[] {
    if (!this.#couldFit(bytes)) return [];
    return this.#evict(bytes, () => this.queue.dropForShare(key, this.messages));
  }

  /** Whether `evictForShare` would make room. */
  holdsMoreThanShare(key: string): boolean {
    return this.queue.hasMoreThanShare(key, this.messages);
  }

  /**
   * Whether a key that fails holds less than the `part`th of its share of what may be read back: of a half, so that the other
   * half is left for what is read. Keys whose messages pass have no share: they make room by themselves.
   */
  hasShareLeft(key: string, part: number, spare = 0): boolean {
    const keyQueue = this.queue.of(key);
    if (keyQueue === undefined) return true;
    if (keyQueue.failures === 0) return part === 1 || keyQueue.messages === 0;
    const { keyCount } = this.queue;
    const { maxQueueMessages } = this.options;
    const share = Math.floor(maxQueueMessages / 2 / (keyCount + 1));
    // The message behind the first shows whether that one is bad: both must be in memory, if they fit.
    const least = 2 * (keyCount + 1) <= 0.75 * maxQueueMessages ? 2 : 1;
    return keyQueue.messages + spare < Math.max(least, share / part);
  }

  #couldFit(bytes: number): boolean {
    const { waiting, waitingBytes } = this.queue;
    const { maxQueueMessages, maxQueueBytes } = this.options;
    // What is under way stays.
    return this.messages - waiting < maxQueueMessages && this.bytes - waitingBytes + bytes <= maxQueueBytes;
  }

  #evict(bytes: number, take: () => Entry | undefined): Entry[] {
    const evicted: Entry[] = [];
    while (!this.fits(bytes)) {
      const entry = take();
      if (entry === undefined) break;
      this.forget(entry);
      evicted.push(entry);
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

  /** Takes a message in. `sequence` is its record in the outbox, 0 when it has none. */
  add(message: Message, bytes: number, acceptedAt: number, sequence: number, epoch: FlushEpoch): void {
    this.messages++;
    this.bytes += bytes;
    epoch.inMemory++;
    if (sequence === 0) this.countVolatile(epoch, 1);
    this.queue.push(new Entry(message, bytes, acceptedAt, epoch, sequence));
  }

  /** The entry has a record in the outbox now. */
  stored(entry: Entry, sequence: number): void {
    if (entry.sequence === 0) this.countVolatile(entry.epoch, -1);
    entry.sequence = sequence;
  }

  /** The entry's record is gone. */
  unstored(entry: Entry): void {
    entry.sequence = 0;
    this.countVolatile(entry.epoch, 1);
  }

  /** What an entry taken from the queue took up is free again. */
  forget({ bytes, epoch, sequence }: Entry): void {
    this.messages--;
    this.bytes -= bytes;
    epoch.inMemory--;
    if (sequence === 0) this.countVolatile(epoch, -1);
  }

  /** A message has no record in the outbox, or has one now, or is gone. */
  countVolatile(epoch: FlushEpoch, count: 1 | -1): void {
    this.volatile += count;
    epoch.volatile += count;
  }

  /** Bytes of the largest message that is accepted. */
  #largest(): number {
    return Math.min(this.options.maxBatchBytes, this.options.maxQueueBytes);
  }
}
