import type { Intake, StreamMessage, Target } from "../../src/consume/intake.js";
import { ObservedSpans } from "../../src/store/observed.js";
import type { Change, Store } from "../../src/store/store.js";
import { defineTable } from "../../src/store/table.js";
import { GroupWriter, type WriterOptions } from "../../src/store/writer.js";
import { eventAt, SyncProjector, TABLES } from "../store/sample.js";

/** Messages that are no events. */
const DEAD_LETTERS = defineTable({
  name: "dead_letters",
  columns: { id: "text", ts: "bigint", reason: "text", body: "text" },
  key: ["id"],
  time: "ts",
  indexes: [],
  role: "bookkeeping",
});

export const STREAM_TABLES = [...TABLES, DEAD_LETTERS];

/** What a message holds: the number of an event, or something else. */
export function payload(n: number): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ n }));
}

/** An intake of numbered events, small enough to be checked by hand, on a real store. */
export class SampleTarget implements Target, Intake {
  readonly store: Store;
  readonly writer: GroupWriter;
  readonly observer = new ObservedSpans("test", Date.now(), { writeEveryMs: 100 });
  readonly intake = this;

  constructor(store: Store, options: WriterOptions = {}) {
    this.store = store;
    this.writer = new GroupWriter(store, new SyncProjector(), { observed: this.observer, ...options });
  }

  async add(messages: readonly StreamMessage[], changes: readonly Change[]): Promise<void> {
    const events = [];
    const all = [...changes];
    for (const message of messages) {
      const n = numberIn(message);
      // Numbers of this kind are what the store can't take.
      if (n !== undefined) events.push(eventAt(n, n % 1 === 0 ? {} : { ts: n }));
      else all.push(deadLetter(message, "no number"));
    }
    await this.writer.add({ events, changes: all });
  }

  async deadLetter(message: StreamMessage, reason: string, changes: readonly Change[]): Promise<void> {
    await this.writer.add({ events: [], changes: [...changes, deadLetter(message, reason)] });
  }

  room(): Promise<void> {
    return this.writer.room();
  }
}

function numberIn({ value }: StreamMessage): number | undefined {
  try {
    const read: unknown = JSON.parse(new TextDecoder().decode(value));
    const n: unknown = Reflect.get(Object(read), "n");
    return typeof n === "number" ? n : undefined;
  } catch {
    return undefined;
  }
}

function deadLetter({ stream, partition, sequence, ts, value }: StreamMessage, reason: string): Change {
  const id = `${stream}/${partition}/${sequence}`;
  const body = new TextDecoder().decode(value);
  return { table: DEAD_LETTERS.name, remove: [[id]], append: [{ id, ts, reason, body }] };
}

/** What is stored, in numbers. */
export async function countStored(store: Store): Promise<{ n: number; ids: number; projected: number }> {
  const [row] = await store.query({
    sql: `select count(*) as n, count(distinct id) as ids,
          coalesce((select sum(events) from syncs), 0) as projected from events`,
    columns: { n: "bigint", ids: "bigint", projected: "bigint" },
  });
  return row ?? { n: 0, ids: 0, projected: 0 };
}

/** The gaps of all streams. */
export function storedGaps(store: Store) {
  return store.query({
    sql: "select stream, partition, first_sequence, last_sequence, certain from gaps order by stream, first_sequence",
    columns: {
      stream: "text",
      partition: "bigint",
      first_sequence: "bigint",
      last_sequence: "bigint",
      certain: "boolean",
    },
  });
}
