import type { Message } from "../ports/message.js";
import type { Transport } from "../ports/transport.js";
import { Group, type Lane } from "./entry.js";
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
 * The lanes that may be sent from, by group. Every operation takes the same time however many lanes there are; where older
 * messages come back, a group finds its place by passing those that are older still.
 */
export class ReadyLanes {
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

  /** The lane may be sent from. It must not be empty. */
  add(lane: Lane): void {
    if (lane.first === undefined) return;
    const { acceptedAt, message } = lane.first;
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
    group.lanes.append(lane);
    lane.group = group;
    this.count(group, lane.messages, lane.bytes);
  }

  /** The lane may not be sent from any more. */
  remove(lane: Lane): void {
    const { group } = lane;
    if (group === undefined) return;
    group.lanes.remove(lane);
    lane.group = undefined;
    this.count(group, -lane.messages, -lane.bytes);
    if (group.lanes.first !== undefined) return;
    this.#groups.delete(group.name);
    this.#line.remove(group);
  }

  /** Messages have come to one of the group's lanes, or left it. */
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
    const first = group.lanes.first?.first;
    if (first === undefined) return;
    this.#line.remove(group);
    this.#queueUp(group, first.acceptedAt);
    if (this.#full.delete(group)) this.#full.add(group);
  }

  /** Asks anew which group each lane belongs to. Takes as long as there are lanes. */
  regroup(): void {
    const lanes: Lane[] = [];
    for (const group of this.#groups.values()) {
      for (let lane = group.lanes.first; lane !== undefined; lane = lane.after) lanes.push(lane);
    }
    for (const lane of lanes) {
      this.remove(lane);
      this.add(lane);
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
