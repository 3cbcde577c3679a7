import type { Message } from "../ports/message.js";
import type { Transport } from "../ports/transport.js";
import { Group, type KeyQueue } from "./entry.js";
import { LinkedList } from "./linked-list.js";

/** How much one batch may hold. */
export interface BatchLimits {
  readonly maxBatchMessages: number;
  readonly maxBatchBytes: number;
}

/** Says which messages the receiver takes best in one batch. */
export type GroupOf = (message: Message) => string;

/**
 * The groups of a transport; one for all messages where it has none, or can't say: any messages can be sent together,
 * only less well.
 */
export function groupsOf(transport: Transport): GroupOf {
  if (typeof transport.groupOf !== "function") return () => "";
  return (message) => {
    try {
      return transport.groupOf?.(message) ?? "";
    } catch {
      return "";
    }
  };
}

/** How often in a row a full batch may go before the group that has waited longest. */
const MAX_PASSES = 8;

/**
 * The key queues that may be sent from, by group, and the decision which of them fill the next batch. Every operation
 * but `regroup` and `probe` takes the same time however many there are; where older messages come back, a group finds its
 * place by passing those that are older still.
 */
export class BatchScheduler {
  readonly #limits: BatchLimits;
  readonly #groupOf: GroupOf;
  readonly #groups = new Map<string, Group>();
  /** All groups, the longest-waiting first. */
  readonly #line = new LinkedList<Group>();
  /** Those that fill a batch, in the order in which their turn comes. */
  readonly #full = new Set<Group>();
  /** Full groups in a row that went before the first of the line. */
  #passes = 0;

  constructor(limits: BatchLimits, groupOf: GroupOf) {
    this.#limits = limits;
    this.#groupOf = groupOf;
  }

  /** Since when the longest-waiting message has been waiting; infinite when there is none. */
  get since(): number {
    return this.#line.first?.since ?? Number.POSITIVE_INFINITY;
  }

  /** Whether a batch can be filled. */
  get full(): boolean {
    return this.#full.size > 0;
  }

  /** The key may be sent from now on. Its queue must not be empty. */
  add(keyQueue: KeyQueue): void {
    if (keyQueue.first === undefined) return;
    const { acceptedAt, message } = keyQueue.first;
    const name = this.#groupOf(message);
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new Group(name);
      this.#groups.set(name, group);
      this.#queueUp(group, acceptedAt);
    } else if (acceptedAt < group.since) {
      this.#line.remove(group);
      this.#queueUp(group, acceptedAt);
    }
    group.keyQueues.append(keyQueue);
    keyQueue.group = group;
    this.count(group, keyQueue.messages, keyQueue.bytes);
  }

  /** The key may not be sent from any more. */
  remove(keyQueue: KeyQueue): void {
    const { group } = keyQueue;
    if (group === undefined) return;
    group.keyQueues.remove(keyQueue);
    keyQueue.group = undefined;
    this.count(group, -keyQueue.messages, -keyQueue.bytes);
    if (group.keyQueues.first !== undefined) return;
    this.#groups.delete(group.name);
    this.#line.remove(group);
  }

  /** Messages have come to one of the group's key queues, or left it. */
  count(group: Group, messages: number, bytes: number): void {
    group.messages += messages;
    group.bytes += bytes;
    const full = group.messages >= this.#limits.maxBatchMessages || group.bytes >= this.#limits.maxBatchBytes;
    if (full === group.full) return;
    group.full = full;
    if (full) this.#full.add(group);
    else this.#full.delete(group);
  }

  /**
   * The group whose turn it is, `undefined` when there is none. Full ones go first, because they leave the receiver the
   * least to do for each message; but where the group that has waited longest is due, it is passed over a few times only.
   */
  next(oldestIsDue: boolean): Group | undefined {
    const oldest = this.#line.first;
    const [full] = this.#full;
    if (full === undefined || full === oldest || (oldestIsDue && this.#passes >= MAX_PASSES)) {
      this.#passes = 0;
      return oldest;
    }
    this.#passes = oldestIsDue ? this.#passes + 1 : 0;
    return full;
  }

  /** A batch was taken from the group: it is the others' turn. */
  served(group: Group): void {
    const first = group.keyQueues.first?.first;
    if (first === undefined) return;
    this.#line.remove(group);
    this.#queueUp(group, first.acceptedAt);
    if (this.#full.delete(group)) this.#full.add(group);
  }

  /**
   * The key to try a receiver with that seems to be down: the newest of those that have not failed, because a bad message
   * is older than what has not been tried; else the one that was tried longest ago. `suspect`: else the one whose first
   * message is the most likely to be bad. Takes as long as there are keys.
   */
  probe(suspect: boolean): KeyQueue | undefined {
    let best: KeyQueue | undefined;
    for (const { keyQueues } of this.#groups.values()) {
      for (let keyQueue = keyQueues.first; keyQueue !== undefined; keyQueue = keyQueue.after) {
        if (best === undefined || isBetterProbe(keyQueue, best, suspect)) best = keyQueue;
      }
    }
    return best;
  }

  /** Asks anew which group each key belongs to. Takes as long as there are keys. */
  regroup(): void {
    const keyQueues: KeyQueue[] = [];
    for (const group of this.#groups.values()) {
      for (let keyQueue = group.keyQueues.first; keyQueue !== undefined; keyQueue = keyQueue.after)
        keyQueues.push(keyQueue);
    }
    for (const keyQueue of keyQueues) {
      this.remove(keyQueue);
      this.add(keyQueue);
    }
  }

  /** Puts a group in its place in the line: behind all that have waited as long. */
  #queueUp(group: Group, since: number): void {
    group.since = since;
    let next = this.#line.last;
    if (next === undefined || next.since <= since) this.#line.append(group);
    else {
      next = this.#line.first;
      while (next !== undefined && next.since <= since) next = next.after;
      if (next !== undefined) this.#line.insertBefore(group, next);
    }
  }
}

function isBetterProbe(one: KeyQueue, other: KeyQueue, suspect: boolean): boolean {
  if ((one.failures === 0) !== (other.failures === 0)) return one.failures === 0;
  const difference = suspect ? suspicion(one) - suspicion(other) : 0;
  if (difference !== 0) return difference > 0;
  if (one.failures > 0) return one.triedAt < other.triedAt;
  // Of those that came at once, the last.
  return (one.first?.acceptedAt ?? 0) >= (other.first?.acceptedAt ?? 0);
}

/** How often the first message of a key failed in a row, if it failed while others passed before, and something waits behind. */
function suspicion({ first }: KeyQueue): number {
  return first?.next !== undefined && first.attempts > 0 ? first.stalled : 0;
}
