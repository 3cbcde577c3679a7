import { EVENTS, type EventRow } from "../projections/tables.js";
import type { EventsAnswer, EventsInput } from "./answers/events.js";
import { ask, type QueryContext } from "./context.js";
import { checkText, cursorOf, LAST_TIME, rangeOf, readCursor, Where, whole } from "./input.js";
import { EVENT_COLUMNS, onceEach, storedEvent } from "./stored-event.js";

const PAGE = (where: Where, limit: string) => `
select ${EVENT_COLUMNS} from events e ${where}
order by e.ts desc nulls last, e.event_id desc nulls last, e.rank, e.id
limit ${limit}`;

/** Stored events, newest first, each once. */
export async function events(context: QueryContext, input: EventsInput = {}): Promise<EventsAnswer> {
  const asOf = context.now();
  const limit = whole("limit", input.limit, 50, 1, 500);
  let after = readCursor(input.cursor, ["number", "string"]);
  const found: EventRow[] = [];
  // The forms of one event are neighbours: a few rows more than events are read, until a page is full.
  for (;;) {
    const where = conditions(input);
    if (after !== undefined) {
      where.and(`(e.ts, e.event_id) < (${where.bind(after[0], "bigint")}, ${where.bind(after[1], "text")})`);
    }
    const most = limit + 1 - found.length + 20;
    const rows = await ask(context, {
      sql: PAGE(where, where.bind(most, "bigint")),
      parameters: where.parameters,
      columns: EVENTS.columns,
    });
    found.push(...onceEach(rows));
    const last = rows.at(-1);
    if (rows.length < most || found.length > limit || last === undefined) break;
    after = [last.ts, last.event_id];
  }
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  return {
    asOf,
    items: shown.map(storedEvent),
    nextCursor: found.length > limit && last !== undefined ? cursorOf([last.ts, last.event_id]) : null,
  };
}

function conditions(input: EventsInput): Where {
  const where = new Where();
  const { since, until } = rangeOf(input, { since: 0, until: LAST_TIME });
  if (input.since !== undefined || input.until !== undefined) where.within("e.ts", since, until);
  where.scope(input, "e.");
  where.equals("e.event_id", "eventId", input.eventId);
  where.equals("e.type", "type", input.type);
  where.equals("e.system", "system", input.system);
  where.equals("e.outcome", "outcome", input.outcome);
  if (input.syncId !== undefined) where.equals("e.sync", "syncId", checkText("syncId", input.syncId));
  if (input.traceId !== undefined) where.equals("e.trace", "traceId", checkText("traceId", input.traceId));
  return where;
}
