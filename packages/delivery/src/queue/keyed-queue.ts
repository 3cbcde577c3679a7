import { type BatchLimits, BatchScheduler, type GroupOf } from "./batch-scheduler.js";
import { type Entry, type Group, KeyQueue } from "./entry.js";
import { LinkedList } from "./linked-list.js";

/** Messages that are sent together. Their keys are held until `release`. */
export interface Batch {
  /** Messages of one key stand together, in order. */
  readonly entries: readonly Entry[];
  readonly keyQueues: readonly KeyQueue[];
  /** When the oldest of its messages was accepted. */
  readonly oldestAcceptedAt: number;
  /** The group that they were taken from. */
  readonly group: string;
  /** What the first message failed with last, where it is not sent: only the one behind it is, as a trial. */
  readonly aside?: Error;
}

/**
 * What waits to be sent, in order for each key. Every operation takes the same time however much waits, except where it
 * says so.
 */
export class KeyedQueue {
  /** Messages and bytes that wait, those of held keys included. */
  waiting = 0;
  waitingBytes = 0;
  /** Keys whose last batch failed. */
  readonly failing = new Set<KeyQueue>();
  readonly #limits: BatchLimits;
  readonly #keyQueues = new Map<string, KeyQueue>();
  readonly #ready: BatchScheduler;
  readonly #byAge = new LinkedList<Entry>();
  /** The key that was found to hold more than its share. */
  #largest: KeyQueue | undefined;
  /** Searches to be skipped, because the last one found none: so that on average a search costs nothing. */
  #searchesToSkip = 0;

  constructor(limits: BatchLimits, groupOf: GroupOf) {
    this.#limits = limits;
    this.#ready = new BatchScheduler(limits, groupOf);
  }

  /** Since when the longest-waiting of those that may be sent has been waiting; infinite when there is none. */
  get readySince(): number {
    return this.#ready.since;
  }

  /** Whether what may be sent fills a batch. */
  get fillsBatch(): boolean {
    return this.#ready.full;
  }

  /** The message that waits longest, give or take those that came back from batches under way together. */
  get oldest(): Entry | undefined {
    return this.#byAge.first;
  }

  /** When the longest-waiting message was accepted; infinite when nothing waits. Takes as long as there are keys. */
  oldestAcceptedAt(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (const { first } of this.#keyQueues.values()) oldest = Math.min(oldest, first?.acceptedAt ?? oldest);
    return oldest;
  }

  /** What waits, in order for each key. */
  *entries(): Iterable<Entry> {
    for (const keyQueue of this.#keyQueues.values()) {
      for (let entry = keyQueue.first; entry !== undefined; entry = entry.next) yield entry;
    }
  }

  push(entry: Entry): void {
    const { key } = entry.message;
    let keyQueue = this.#keyQueues.get(key);
    const isNew = keyQueue === undefined;
    if (keyQueue === undefined) {
      keyQueue = new KeyQueue(key);
      this.#keyQueues.set(key, keyQueue);
    }
    entry.keyQueue = keyQueue;
    entry.previous = keyQueue.last;
    if (keyQueue.last === undefined) keyQueue.first = entry;
    else keyQueue.last.next = entry;
    keyQueue.last = entry;
    this.#byAge.append(entry);
    this.#count(keyQueue, entry, 1);
    if (isNew) this.#ready.add(keyQueue);
  }

  /**
   * The next batch, from one group; `undefined` when nothing may be sent. `oldestIsDue`: whether what has waited longest
   * has waited long enough for its batch to fill.
   */
  take(oldestIsDue: boolean): Batch | undefined {
    const group = this.#ready.next(oldestIsDue);
    return group && this.#fill(group, group.keyQueues.first, false);
  }

  /**
   * A batch of one key, to try a receiver with that seems to be down. `suspect`: of keys that failed, one whose first
   * message seems to be bad. Takes as long as there are keys.
   */
  takeProbe(suspect: boolean): Batch | undefined {
    const keyQueue = this.#ready.probe(suspect);
    return keyQueue?.group && this.#fill(keyQueue.group, keyQueue, true);
  }

  /** The first two messages of a held key, to try the second; `undefined` where there is none. */
  takeBehind(keyQueue: KeyQueue, group: string, aside: Error): Batch | undefined {
    const { first } = keyQueue;
    const next = first?.next;
    if (first === undefined || next === undefined) return undefined;
    this.#shift(keyQueue, first);
    this.#shift(keyQueue, next);
    const oldestAcceptedAt = Math.min(first.acceptedAt, next.acceptedAt);
    return { entries: [first, next], keyQueues: [keyQueue], oldestAcceptedAt, group, aside };
  }

  #fill(group: Group, from: KeyQueue | undefined, oneKey: boolean): Batch {
    const { maxBatchBytes } = this.#limits;
    let most = this.#limits.maxBatchMessages;
    const entries: Entry[] = [];
    const keyQueues: KeyQueue[] = [];
    let bytes = 0;
    let oldestAcceptedAt = Number.POSITIVE_INFINITY;
    let keyQueue = from;
    while (keyQueue !== undefined) {
      const following = oneKey ? undefined : keyQueue.after;
      const { length } = entries;
      const allowed = Math.min(most, keyQueue.maxBatch);
      for (let entry = keyQueue.first; entry !== undefined; entry = keyQueue.first) {
        if (entries.length >= allowed || (entries.length > 0 && bytes + entry.bytes > maxBatchBytes)) break;
        this.#shift(keyQueue, entry);
        entries.push(entry);
        bytes += entry.bytes;
        if (entry.acceptedAt < oldestAcceptedAt) oldestAcceptedAt = entry.acceptedAt;
      }
      if (entries.length === length) break;
      most = allowed;
      this.#ready.remove(keyQueue);
      keyQueues.push(keyQueue);
      keyQueue = following;
    }
    this.#ready.served(group);
    return { entries, keyQueues, oldestAcceptedAt, group: group.name };
  }

  /** Puts messages of a batch back in front of those that wait for the same keys. To be done before `release`. */
  putBack(entries: readonly Entry[]): void {
    for (let index = entries.length - 1; index >= 0; index--) {
      const entry = entries[index];
      const keyQueue = entry?.keyQueue;
      if (entry === undefined || keyQueue === undefined) continue;
      entry.next = keyQueue.first;
      entry.previous = undefined;
      if (keyQueue.first !== undefined) keyQueue.first.previous = entry;
      keyQueue.first = entry;
      keyQueue.last ??= entry;
      this.#byAge.prepend(entry);
      this.#count(keyQueue, entry, 1);
    }
  }

  /**
   * A batch failed for the key. `maxBatch` is the largest batch that its messages may be in next.
   */
  failed(keyQueue: KeyQueue, maxBatch: number): void {
    keyQueue.failures++;
    keyQueue.maxBatch = maxBatch;
    this.failing.add(keyQueue);
  }

  /** A message of the key was settled: the key goes on. */
  passed(keyQueue: KeyQueue): void {
    if (keyQueue.failures === 0) return;
    keyQueue.failures = 0;
    keyQueue.maxBatch = Number.POSITIVE_INFINITY;
    this.failing.delete(keyQueue);
  }

  /** Lets keys be sent again. */
  release(keyQueues: readonly KeyQueue[]): void {
    for (const keyQueue of keyQueues) {
      if (keyQueue.first !== undefined) this.#ready.add(keyQueue);
      else this.#forget(keyQueue);
    }
  }

  /** Asks anew which messages belong together. Takes as long as there are keys. */
  regroup(): void {
    this.#ready.regroup();
  }

  /** Takes out the message that has waited longest; `undefined` when nothing waits. */
  dropOldest(): Entry | undefined {
    const entry = this.#byAge.first;
    const keyQueue = entry?.keyQueue;
    if (entry === undefined || keyQueue === undefined) return undefined;
    // The oldest of all is the oldest of its key.
    this.#shift(keyQueue, entry);
    this.#forgetIfEmpty(keyQueue);
    return entry;
  }

  /**
   * Takes out the newest message of the key that holds the most, if that is more than an equal share of `capacity`, and
   * `key` holds less than one: the share that a key has among those that wait.
   */
  dropForShare(key: string, capacity: number): Entry | undefined {
    const own = this.#keyQueues.get(key);
    const share = capacity / (this.#keyQueues.size + (own === undefined ? 1 : 0));
    if ((own?.messages ?? 0) + 1 > share) return undefined;
    const largest = this.#largestAbove(share);
    return largest && this.dropLast(largest);
  }

  /** Takes out the newest message of a key. */
  dropLast(keyQueue: KeyQueue): Entry | undefined {
    const entry = keyQueue.last;
    if (entry === undefined) return undefined;
    keyQueue.last = entry.previous;
    if (entry.previous === undefined) keyQueue.first = undefined;
    else entry.previous.next = undefined;
    entry.previous = undefined;
    this.#byAge.remove(entry);
    this.#count(keyQueue, entry, -1);
    this.#forgetIfEmpty(keyQueue);
    return entry;
  }

  /** The messages of a key that wait; `undefined` for none. */
  of(key: string): KeyQueue | undefined {
    return this.#keyQueues.get(key);
  }

  /** Keys of which messages wait or are under way. */
  get keyCount(): number {
    return this.#keyQueues.size;
  }

  /** Whether `dropForShare` would take one out for the key. */
  hasMoreThanShare(key: string, capacity: number): boolean {
    const own = this.#keyQueues.get(key);
    const share = capacity / (this.#keyQueues.size + (own === undefined ? 1 : 0));
    return (own?.messages ?? 0) + 1 <= share && this.#largestAbove(share) !== undefined;
  }

  #largestAbove(share: number): KeyQueue | undefined {
    if (this.#largest !== undefined && this.#largest.messages > share) return this.#largest;
    this.#largest = undefined;
    if (this.#searchesToSkip > 0) {
      this.#searchesToSkip--;
      return undefined;
    }
    for (const keyQueue of this.#keyQueues.values()) {
      if (keyQueue.messages > Math.max(share, this.#largest?.messages ?? 0)) this.#largest = keyQueue;
    }
    if (this.#largest === undefined) this.#searchesToSkip = this.#keyQueues.size;
    return this.#largest;
  }

  #forgetIfEmpty(keyQueue: KeyQueue): void {
    // A key that is held comes back from its batch.
    if (keyQueue.first !== undefined || keyQueue.group === undefined) return;
    this.#ready.remove(keyQueue);
    this.#forget(keyQueue);
  }

  #forget(keyQueue: KeyQueue): void {
    this.#keyQueues.delete(keyQueue.key);
    this.failing.delete(keyQueue);
  }

  #shift(keyQueue: KeyQueue, entry: Entry): void {
    keyQueue.first = entry.next;
    if (keyQueue.first === undefined) keyQueue.last = undefined;
    else keyQueue.first.previous = undefined;
    entry.next = undefined;
    this.#byAge.remove(entry);
    this.#count(keyQueue, entry, -1);
  }

  #count(keyQueue: KeyQueue, entry: Entry, sign: 1 | -1): void {
    this.waiting += sign;
    this.waitingBytes += sign * entry.bytes;
    keyQueue.messages += sign;
    keyQueue.bytes += sign * entry.bytes;
    if (keyQueue.group !== undefined) this.#ready.count(keyQueue.group, sign, sign * entry.bytes);
  }
}
