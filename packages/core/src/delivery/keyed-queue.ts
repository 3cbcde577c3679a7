import type { Cohort } from "./cohorts.js";
import { LinkedList, type Links } from "./linked-list.js";
import type { Message } from "./message.js";

/** A message in memory. */
export class Entry implements Links<Entry> {
  /** Attempts that have failed. */
  failures = 0;
  lane: Lane | undefined;
  /** The next of the same key. */
  next: Entry | undefined;
  // Neighbours among all that waits.
  before: Entry | undefined;
  after: Entry | undefined;

  constructor(
    readonly message: Message,
    readonly bytes: number,
    readonly acceptedAt: number,
    /** The flush that covers it. */
    readonly cohort: Cohort,
    /** Its record in the outbox; 0 when there is none. */
    readonly sequence: number,
  ) {}
}

/** The messages of one key. While one of them is under way, or waits to be sent again, the others stay behind it. */
class Lane implements Links<Lane> {
  first: Entry | undefined;
  last: Entry | undefined;
  held = false;
  messages = 0;
  bytes = 0;
  // Neighbours among the lanes that may be sent from.
  before: Lane | undefined;
  after: Lane | undefined;

  constructor(readonly key: string) {}
}

/** Messages that are sent together. Their keys are held until `release`. */
export interface Batch {
  readonly entries: readonly Entry[];
  readonly lanes: readonly Lane[];
}

/** How much one batch may hold. */
export interface BatchLimits {
  readonly maxBatchMessages: number;
  readonly maxBatchBytes: number;
}

/** What waits to be sent, in order for each key. Every operation takes the same time however much waits. */
export class KeyedQueue {
  /** Messages and bytes that wait, those of held keys included. */
  waiting = 0;
  waitingBytes = 0;
  /** Messages and bytes that may be sent now. */
  readyMessages = 0;
  readyBytes = 0;
  /** Since when the longest-waiting of those that may be sent has been waiting; infinite when there is none. */
  readySince = Number.POSITIVE_INFINITY;
  readonly #lanes = new Map<string, Lane>();
  readonly #ready = new LinkedList<Lane>();
  readonly #byAge = new LinkedList<Entry>();

  push(entry: Entry): void {
    const { key } = entry.message;
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      lane = new Lane(key);
      this.#lanes.set(key, lane);
      this.#ready.append(lane);
    }
    entry.lane = lane;
    if (lane.last === undefined) lane.first = entry;
    else lane.last.next = entry;
    lane.last = entry;
    this.#byAge.append(entry);
    this.#count(lane, entry, 1);
    if (!lane.held && entry.acceptedAt < this.readySince) this.readySince = entry.acceptedAt;
  }

  /** The next batch; `undefined` when nothing may be sent. */
  take({ maxBatchMessages, maxBatchBytes }: BatchLimits): Batch | undefined {
    const entries: Entry[] = [];
    const lanes: Lane[] = [];
    let bytes = 0;
    let lane = this.#ready.first;
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
      this.#hold(lane);
      lanes.push(lane);
      lane = following;
    }
    return entries.length === 0 ? undefined : { entries, lanes };
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
      lane.held = false;
      if (lane.first === undefined) {
        this.#lanes.delete(lane.key);
        continue;
      }
      this.#ready.append(lane);
      this.readyMessages += lane.messages;
      this.readyBytes += lane.bytes;
      if (lane.first.acceptedAt < this.readySince) this.readySince = lane.first.acceptedAt;
    }
  }

  /** Takes out the message that has waited longest; `undefined` when nothing waits. */
  dropOldest(): Entry | undefined {
    const entry = this.#byAge.first;
    const lane = entry?.lane;
    if (entry === undefined || lane === undefined) return undefined;
    // The oldest of all is the oldest of its key.
    this.#shift(lane, entry);
    if (lane.first === undefined && !lane.held) {
      this.#ready.remove(lane);
      this.#lanes.delete(lane.key);
    }
    if (this.readyMessages === 0) this.readySince = Number.POSITIVE_INFINITY;
    return entry;
  }

  #shift(lane: Lane, entry: Entry): void {
    lane.first = entry.next;
    if (lane.first === undefined) lane.last = undefined;
    entry.next = undefined;
    this.#byAge.remove(entry);
    this.#count(lane, entry, -1);
  }

  #hold(lane: Lane): void {
    lane.held = true;
    this.#ready.remove(lane);
    this.readyMessages -= lane.messages;
    this.readyBytes -= lane.bytes;
    if (this.readyMessages === 0) this.readySince = Number.POSITIVE_INFINITY;
  }

  #count(lane: Lane, entry: Entry, sign: 1 | -1): void {
    this.waiting += sign;
    this.waitingBytes += sign * entry.bytes;
    lane.messages += sign;
    lane.bytes += sign * entry.bytes;
    if (lane.held) return;
    this.readyMessages += sign;
    this.readyBytes += sign * entry.bytes;
  }
}
