import { messageOf, StoreBusy, StoreClosed } from "../store/errors.js";
import type { Change, Store } from "../store/store.js";
import { GAPS, POSITIONS } from "../store/tables.js";

/** A message of a stream, whatever carried it. Times are in milliseconds. */
export interface StreamMessage {
  readonly value: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  /** `jetstream:<stream>` or `kafka:<topic>`: as `positions` and `gaps` name it. */
  readonly stream: string;
  /** Of Kafka; 0 on JetStream. */
  readonly partition: number;
  /** The stream sequence, or the offset. */
  readonly sequence: number;
  /** When the broker took it. */
  readonly ts: number;
  readonly receivedAt: number;
}

/** What a consumer hands messages to. */
export interface Intake {
  /**
   * Resolves when the messages and the changes are committed together. A message that is no event is stored as a dead
   * letter, and is no reason to reject.
   *
   * @throws why these can't be stored as they are; smaller parts may be
   */
  add(messages: readonly StreamMessage[], changes: readonly Change[]): Promise<void>;
  /** Stores a message that can't be stored otherwise as a dead letter, with the changes. */
  deadLetter(message: StreamMessage, reason: string, changes: readonly Change[]): Promise<void>;
  /** Resolves when there is room for more. */
  room(): Promise<void>;
}

/** What consumers note of the time that a stream has been followed without a gap. */
export interface StreamObserver {
  note(kind: "stream", stream: string, from: number, to: number): void;
}

/** What a consumer stores into. */
export interface Target {
  readonly store: Pick<Store, "query">;
  readonly intake: Intake;
  readonly observer: StreamObserver;
}

/** What has become of the messages of a consumer. */
export interface ConsumerStats {
  /** Delivered by the broker, again or for the first time. */
  readonly received: number;
  /** Committed, those that were stored before included. */
  readonly stored: number;
  /** Stored as dead letters because the store could not take them; those that were no events count as stored. */
  readonly refused: number;
  /** Delivered and not committed yet. */
  readonly pending: number;
  /** Sequences that never came. */
  readonly missing: number;
}

/** A consumer that runs. */
export interface Consumption {
  stats(): ConsumerStats;
  /** Stores and acknowledges what has been delivered, then ends. The connection stays open. */
  stop(): Promise<void>;
}

/** How far a partition of a stream has been stored. */
export interface Position {
  readonly sequence: number;
  readonly ts: number;
  /** False while more may be stored than that. */
  readonly exact: boolean;
  /** When the stream was made; null where that is not known. */
  readonly madeAt: number | null;
}

/** Reads how far each partition of a stream has been stored. */
export async function readPositions(store: Pick<Store, "query">, stream: string): Promise<Map<number, Position>> {
  const rows = await store.query({
    sql: `select partition, sequence, ts, exact, made_at from ${POSITIONS.name} where stream = $1`,
    parameters: [stream],
    columns: { partition: "bigint", sequence: "bigint", ts: "bigint", exact: "boolean", made_at: "bigint?" },
  });
  return new Map(rows.map(({ partition, made_at, ...position }) => [partition, { ...position, madeAt: made_at }]));
}

/** Writes a position down. */
export function positionChange(stream: string, partition: number, position: Position, now: number): Change {
  const { madeAt, ...rest } = position;
  return {
    table: POSITIONS.name,
    remove: [[stream, partition]],
    append: [{ stream, partition, ...rest, made_at: madeAt, updated_at: now }],
  };
}

/** A gap that was found. Sequences are inclusive. */
export interface Gap {
  readonly stream: string;
  readonly partition: number;
  readonly first: number;
  readonly last: number;
  readonly afterTs: number | null;
  readonly beforeTs: number | null;
  readonly reason: string;
  readonly certain: boolean;
}

/** Writes a gap down; the same one again replaces itself. */
export function gapChange(gap: Gap, now: number): Change {
  const { stream, partition, first, last, afterTs, beforeTs, reason, certain } = gap;
  const row = { first_sequence: first, last_sequence: last, after_ts: afterTs, before_ts: beforeTs, reason, certain };
  return {
    table: GAPS.name,
    remove: [[stream, partition, first]],
    append: [{ stream, partition, ...row, detected_at: now }],
  };
}

/**
 * Stores messages, in halves where they can't be stored as a whole, so that one message stops no other. Resolves to how
 * many had to go to the dead letters for it.
 *
 * @throws StoreClosed
 */
export async function storeMessages(
  intake: Intake,
  messages: readonly StreamMessage[],
  changes: readonly Change[],
): Promise<number> {
  try {
    await intake.add(messages, changes);
    return 0;
  } catch (error) {
    if (error instanceof StoreClosed) throw error;
    if (error instanceof StoreBusy) {
      await intake.room();
      return storeMessages(intake, messages, changes);
    }
    const [only, ...others] = messages;
    // Changes without messages are the store's own; what is wrong with them can't be helped by trying again.
    if (only === undefined) throw error;
    if (others.length === 0) {
      await intake.deadLetter(only, messageOf(error), changes);
      return 1;
    }
    const half = Math.ceil(messages.length / 2);
    // The position comes with the second half: it must not be ahead of what is stored.
    const refused = await storeMessages(intake, messages.slice(0, half), []);
    return refused + (await storeMessages(intake, messages.slice(half), changes));
  }
}
