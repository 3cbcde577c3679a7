import { ask, type QueryContext } from "./context.js";
import { Where } from "./input.js";

/** How far a store has come, as the store itself says: on PostgreSQL other processes write, delete and rebuild, too. */
export interface Stand {
  /** The number of the newest event; 0 where there is none. */
  readonly last: number;
  /** Changes when events expire or old ones are projected. What was remembered before holds no longer. */
  readonly era: string;
  /** The time before which events have expired; 0 where none have. */
  readonly cutoff: number;
}

/** The number after which events are new, and that of the newest one. */
export interface NewEvents {
  readonly after: number;
  readonly last: number;
}

const STAND = `
select (select max(e.seq) from events e) as last,
  (select max(m.value) from meta m where m.name = 'cutoff') as cutoff,
  (select string_agg(m.name || m.value, ' ' order by m.name) from meta m
    where m.name in ('epoch', 'projected_by', 'unprojected_from')) as projected`;

export async function standOf(context: QueryContext): Promise<Stand> {
  const [row] = await ask(context, { sql: STAND, columns: { last: "bigint?", cutoff: "text?", projected: "text?" } });
  return { last: row?.last ?? 0, era: `${row?.cutoff} ${row?.projected}`, cutoff: Number(row?.cutoff ?? 0) };
}

/**
 * Returns the condition that finds new events of `e`. It has an upper bound because PostgreSQL needs one: without statistics
 * (a new month, a restored database) it takes `seq > n` for a third of all rows and reads the whole table. Between two
 * bounds it expects few rows and finds them by their index.
 */
export function whereNew({ after, last }: NewEvents): Where {
  const where = new Where();
  where.and(`e.seq > ${where.bind(after, "bigint")} and e.seq <= ${where.bind(last, "bigint")}`);
  return where;
}

interface Folded<T> extends Stand {
  readonly value: T;
}

/** Keys that are remembered for each store. */
const MOST_KEYS = 50;

/**
 * What follows from all events, by key. The first question reads all events, later ones only what was stored since; what
 * expires makes it start again.
 */
export class EventFold<K, T> {
  readonly #memories = new WeakMap<QueryContext["store"], Map<string, Promise<Folded<T>>>>();
  readonly #start: () => T;
  readonly #add: (context: QueryContext, key: K, known: T, fresh: NewEvents) => Promise<T>;

  /** `add` returns what follows with new events; it does not change what it is given. */
  constructor(start: () => T, add: (context: QueryContext, key: K, known: T, fresh: NewEvents) => Promise<T>) {
    this.#start = start;
    this.#add = add;
  }

  async of(context: QueryContext, key: K): Promise<T> {
    const memory = this.#memories.get(context.store) ?? new Map<string, Promise<Folded<T>>>();
    this.#memories.set(context.store, memory);
    const name = JSON.stringify(key);
    const next = this.#next(context, key, memory.get(name));
    memory.delete(name);
    memory.set(name, next);
    for (const oldest of memory.keys()) {
      if (memory.size <= MOST_KEYS) break;
      memory.delete(oldest);
    }
    return (await next).value;
  }

  async #next(context: QueryContext, key: K, before: Promise<Folded<T>> | undefined): Promise<Folded<T>> {
    // One question at a time: the second adds to what the first has found.
    const known = await before?.catch(() => undefined);
    const stand = await standOf(context);
    const holds = known !== undefined && known.era === stand.era && known.last <= stand.last;
    if (holds && known.last === stand.last) return known;
    const [after, value] = holds ? [known.last, known.value] : [0, this.#start()];
    return { ...stand, value: await this.#add(context, key, value, { after, last: stand.last }) };
  }
}
