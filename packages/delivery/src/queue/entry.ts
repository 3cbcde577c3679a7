import type { FlushEpoch } from "../flush-epochs.js";
import type { Message } from "../ports/message.js";
import { LinkedList, type Links } from "./linked-list.js";

/** A message in memory. */
export class Entry implements Links<Entry> {
  /** Attempts that failed, whatever the reason: the next delay grows with them. */
  failures = 0;
  /** Of these: attempts that count against the message. */
  attempts = 0;
  /** Attempts that failed in a row while nothing passed. */
  stalled = 0;
  /** Messages of its group that had passed when it failed last. */
  passesSeen = 0;
  keyQueue: KeyQueue | undefined;
  // Neighbours of the same key.
  next: Entry | undefined;
  previous: Entry | undefined;
  // Neighbours among all that waits.
  before: Entry | undefined;
  after: Entry | undefined;

  constructor(
    readonly message: Message,
    readonly bytes: number,
    readonly acceptedAt: number,
    /** The flush that covers it. */
    readonly epoch: FlushEpoch,
    /** Its record in the outbox; 0 when there is none. */
    public sequence: number,
  ) {}
}

/** The messages of one key. While one of them is under way, or waits to be sent again, the others stay behind it. */
export class KeyQueue implements Links<KeyQueue> {
  first: Entry | undefined;
  last: Entry | undefined;
  messages = 0;
  bytes = 0;
  /** Batches in a row in which none of its messages passed. */
  failures = 0;
  /** When its last batch was taken; of those that failed, the one that has waited longest tries first. */
  triedAt = Number.NEGATIVE_INFINITY;
  /** The largest batch that it may be in: it shrinks while batches fail as a whole, until the bad message is alone. */
  maxBatch = Number.POSITIVE_INFINITY;
  /** Where it may be sent from; none while it is held. */
  group: Group | undefined;
  // Neighbours in the group.
  before: KeyQueue | undefined;
  after: KeyQueue | undefined;

  constructor(readonly key: string) {}
}

/** The key queues of one group that may be sent from, in the order in which their turn comes. */
export class Group implements Links<Group> {
  readonly keyQueues = new LinkedList<KeyQueue>();
  messages = 0;
  bytes = 0;
  /** Since when its longest-waiting message has been waiting; after a batch, that of the key whose turn it is next. */
  since = 0;
  full = false;
  // Neighbours in the line of all groups.
  before: Group | undefined;
  after: Group | undefined;

  constructor(readonly name: string) {}
}
