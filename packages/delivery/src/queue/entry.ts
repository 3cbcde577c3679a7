import type { Cohort } from "../flush-epochs.js";
import type { Message } from "../ports/message.js";
import { LinkedList, type Links } from "./linked-list.js";

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
export class Lane implements Links<Lane> {
  first: Entry | undefined;
  last: Entry | undefined;
  messages = 0;
  bytes = 0;
  /** Where it may be sent from; none while it is held. */
  group: Group | undefined;
  // Neighbours in the group.
  before: Lane | undefined;
  after: Lane | undefined;

  constructor(readonly key: string) {}
}

/** The lanes of one group that may be sent from, in the order in which their turn comes. */
export class Group implements Links<Group> {
  readonly lanes = new LinkedList<Lane>();
  messages = 0;
  bytes = 0;
  /** Since when its longest-waiting message has been waiting; after a batch, that of the lane whose turn it is next. */
  since = 0;
  full = false;
  // Neighbours in the line of all groups.
  before: Group | undefined;
  after: Group | undefined;

  constructor(readonly name: string) {}
}
