import { ask, type QueryContext } from "./context.js";
import { Where } from "./input.js";

/** The number after which events are new, and that of the newest one. */
export interface NewEvents {
  readonly after: number;
  readonly last: number;
}

/** Returns the number of the newest event; 0 where there is none. */
export async function newestEvent(context: QueryContext): Promise<number> {
  const [newest] = await ask(context, { sql: "select max(e.seq) as seq from events e", columns: { seq: "bigint?" } });
  return newest?.seq ?? 0;
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
