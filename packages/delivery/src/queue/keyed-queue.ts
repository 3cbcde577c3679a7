import { type BatchLimits, type GroupOf, ReadyLanes } from "./batch-scheduler.js";
import { type Entry, Lane } from "./entry.js";
import { LinkedList } from "./linked-list.js";

/** Messages that are sent together. Their keys are held until `release`. */
export interface Batch {
  readonly entries: readonly Entry[];
  readonly lanes: readonly Lane[];
}

/**
 * What waits to be sent, in order for each key. Every operation takes the same time however much waits, except for
 * `regroup`.
 */
export class KeyedQueue {
  /** Messages and bytes that wait, those of held keys included. */
  waiting = 0;
  waitingBytes = 0;
  readonly #limits: BatchLimits;
  readonly #lanes = new Map<string, Lane>();
  readonly #ready: ReadyLanes;
  readonly #byAge = new LinkedList<Entry>();

  constructor(limits: BatchLimits, groupOf: GroupOf) {
    this.#limits = limits;
    this.#ready = new ReadyLanes(limits, groupOf);
  }

  /** Since when the longest-waiting of those that may be sent has been waiting; infinite when there is none. */
  get readySince(): number {
    return this.#ready.since;
  }

  /** Whether what may be sent fills a batch. */
  get fillsBatch(): boolean {
    return this.#ready.full;
  }

  push(entry: Entry): void {
    const { key } = entry.message;
    let lane = this.#lanes.get(key);
    const isNew = lane === undefined;
    if (lane === undefined) {
      lane = new Lane(key);
      this.#lanes.set(key, lane);
    }
    entry.lane = lane;
    if (lane.last === undefined) lane.first = entry;
    else lane.last.next = entry;
    lane.last = entry;
    this.#byAge.append(entry);
    this.#count(lane, entry, 1);
    if (isNew) this.#ready.add(lane);
  }

  /**
   * The next batch, from one group; `undefined` when nothing may be sent. `oldestIsDue`: whether what has waited longest
   * has waited long enough for its batch to fill.
   */
  take(oldestIsDue: boolean): Batch | undefined {
    const group = this.#ready.next(oldestIsDue);
    if (group === undefined) return undefined;
    const { maxBatchMessages, maxBatchBytes } = this.#limits;
    const entries: Entry[] = [];
    const lanes: Lane[] = [];
    let bytes = 0;
    let lane = group.lanes.first;
    while (lane !== undefined) {
      const following = lane.after;
      const { length } = entries;
      for (let entry = lane.first; entry !== undefined; entry = lane.first) {
        if (entries.length === maxBatchMessages || (entries.length > 0 && bytes + entry.bytes > maxBatchBytes)) break;
        this.#shift(lane, entry);
        entries.push(entry);
        bytes += entry.bytes;
      }
      if (entries.length === length) break;
      this.#ready.remove(lane);
      lanes.push(lane);
      lane = following;
    }
    this.#ready.served(group);
    return { entries, lanes };
  }

  /** Puts messages of a batch back in front of those that wait for the same keys. To be done before `release`. */
  putBack(entries: readonly Entry[]): void {
    for (let index = entries.length - 1; index >= 0; index--) {
      const entry = entries[index];
      const lane = entry?.lane;
      if (entry === undefined || lane === undefined) continue;
      entry.next = lane.first;
      lane.first = entry;
      lane.last ??= entry;
      this.#byAge.prepend(entry);
      this.#count(lane, entry, 1);
    }
  }

  /** Lets keys be sent again. */
  release(lanes: readonly Lane[]): void {
    for (const lane of lanes) {
      if (lane.first === undefined) this.#lanes.delete(lane.key);
      else this.#ready.add(lane);
    }
  }

  /** Asks anew which messages belong together. */
  regroup(): void {
    this.#ready.regroup();
  }

  /** Takes out the message that has waited longest; `undefined` when nothing waits. */
  dropOldest(): Entry | undefined {
    const entry = this.#byAge.first;
    const lane = entry?.lane;
    if (entry === undefined || lane === undefined) return undefined;
    // The oldest of all is the oldest of its key.
    this.#shift(lane, entry);
    if (lane.first === undefined && lane.group !== undefined) {
      this.#ready.remove(lane);
      this.#lanes.delete(lane.key);
    }
    return entry;
  }

  #shift(lane: Lane, entry: Entry): void {
    lane.first = entry.next;
    if (lane.first === undefined) lane.last = undefined;
    entry.next = undefined;
    this.#byAge.remove(entry);
    this.#count(lane, entry, -1);
  }

  #count(lane: Lane, entry: Entry, sign: 1 | -1): void {
    this.waiting += sign;
    this.waitingBytes += sign * entry.bytes;
    lane.messages += sign;
    lane.bytes += sign * entry.bytes;
    if (lane.group !== undefined) this.#ready.count(lane.group, sign, sign * entry.bytes);
  }
}
