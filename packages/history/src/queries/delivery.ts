import { COUNTS, DEAD_LETTERS } from "../projections/tables.js";
import { GAPS } from "../store/tables.js";
import type {
  DeadLettersAnswer,
  DeadLettersInput,
  GapsAnswer,
  GapsInput,
  StatsAnswer,
  StreamGap,
  StreamStats,
} from "./answers/delivery.js";
import { ask, type QueryContext } from "./context.js";
import { heldEvents } from "./held-events.js";
import { cursorOf, LAST_TIME, rangeOf, readCursor, Where, whole } from "./input.js";
import { standOf } from "./new-events.js";
import { unobserved } from "./observed.js";

const DEAD_PAGE = (where: Where, limit: string) => `
select * from dead_letters d ${where} order by d.received_at desc nulls last, d.id desc nulls last limit ${limit}`;

const DEAD_BY_REASON = (where: Where) => `
select d.reason, count(*) as n, max(d.received_at) as last from dead_letters d ${where}
group by d.reason order by 2 desc nulls last, 1`;

/** What could not be read, newest first. */
export async function deadLetters(context: QueryContext, input: DeadLettersInput = {}): Promise<DeadLettersAnswer> {
  const asOf = context.now();
  const limit = whole("limit", input.limit, 50, 1, 500);
  const conditions = () => {
    const where = new Where();
    const { since, until } = rangeOf(input, { since: 0, until: LAST_TIME });
    where.within("d.received_at", since, until);
    where.equals("d.reason", "reason", input.reason);
    return where;
  };
  const all = conditions();
  const reasons = await ask(context, {
    sql: DEAD_BY_REASON(all),
    parameters: all.parameters,
    columns: { reason: "text", n: "bigint", last: "bigint" },
  });
  const page = conditions();
  const after = readCursor(input.cursor, ["number", "string"]);
  if (after !== undefined) {
    page.and(`(d.received_at, d.id) < (${page.bind(after[0], "bigint")}, ${page.bind(after[1], "text")})`);
  }
  const rows = await ask(context, {
    sql: DEAD_PAGE(page, page.bind(limit + 1, "bigint")),
    parameters: page.parameters,
    columns: DEAD_LETTERS.columns,
  });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    asOf,
    items: shown.map(({ received_at: receivedAt, ...row }) => ({ ...row, receivedAt })),
    nextCursor: rows.length > limit && last !== undefined ? cursorOf([last.received_at, last.id]) : null,
    total: reasons.reduce((sum, { n }) => sum + n, 0),
    byReason: reasons.map(({ reason, n, last: lastAt }) => ({ reason, count: n, lastAt })),
  };
}

/** A stream as answers name it, which is how it is asked for. */
const SHOWN_STREAM = "case when g.partition = 0 then g.stream else g.stream || '/' || cast(g.partition as text) end";

const GAP_PAGE = (where: Where, limit: string) => `
select * from gaps g ${where} order by g.detected_at desc nulls last, g.stream desc nulls last, g.partition desc nulls last, g.first_sequence desc nulls last limit ${limit}`;

const GAP_TOTAL = (where: Where) => `
select coalesce(sum(g.last_sequence - g.first_sequence + 1), 0) as n from gaps g ${where}`;

/** Numbers of streams that never came, newest first. */
export async function gaps(context: QueryContext, input: GapsInput = {}): Promise<GapsAnswer> {
  const asOf = context.now();
  const limit = whole("limit", input.limit, 50, 1, 500);
  const all = new Where();
  all.equals(SHOWN_STREAM, "stream", input.stream);
  const [total] = await ask(context, { sql: GAP_TOTAL(all), parameters: all.parameters, columns: { n: "bigint" } });
  const page = new Where();
  page.equals(SHOWN_STREAM, "stream", input.stream);
  const after = readCursor(input.cursor, ["number", "string", "number", "number"]);
  if (after !== undefined) {
    const [seenAt, stream, partition, first] = after;
    const numbers = [partition, first].map((value) => page.bind(value, "bigint"));
    const places = [page.bind(seenAt, "bigint"), page.bind(stream, "text"), ...numbers].join(", ");
    page.and(`(g.detected_at, g.stream, g.partition, g.first_sequence) < (${places})`);
  }
  const rows = await ask(context, {
    sql: GAP_PAGE(page, page.bind(limit + 1, "bigint")),
    parameters: page.parameters,
    columns: GAPS.columns,
  });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    asOf,
    items: shown.map(
      ({ stream, partition, first_sequence: from, last_sequence: to, certain, detected_at: seenAt }): StreamGap => ({
        stream: partition === 0 ? stream : `${stream}/${partition}`,
        from,
        to,
        count: to - from + 1,
        certain,
        seenAt,
      }),
    ),
    nextCursor:
      rows.length > limit && last !== undefined
        ? cursorOf([last.detected_at, last.stream, last.partition, last.first_sequence])
        : null,
    missing: total?.n ?? 0,
  };
}

const TOTALS = `
select min(c.since) as since, coalesce(sum(c.received), 0) as received, coalesce(sum(c.stored), 0) as stored,
  coalesce(sum(c.duplicate), 0) as duplicate, coalesce(sum(c.ignored), 0) as ignored,
  coalesce(sum(c.refused), 0) as refused, coalesce(sum(c.expired), 0) as expired
from counts c where c.writer <> $1::text`;

const REASONS = "select d.reason, count(*) as n from dead_letters d group by d.reason order by 2 desc nulls last, 1";

const STREAMS = `
select p.stream, p.partition, p.sequence, p.updated_at,
  coalesce((select sum(g.last_sequence - g.first_sequence + 1) from gaps g where g.stream = p.stream and g.partition = p.partition), 0) as missing
from positions p order by p.stream, p.partition`;

/** What this process has counted and not written down yet. */
export interface OwnCounts {
  readonly writer: string;
  readonly since: number;
  readonly received: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly ignored: number;
  readonly refused: number;
  readonly expired: number;
  readonly dropped: number;
  readonly inFlight: number;
}

/** What came in, what became of it, and what the store holds. */
export async function stats(context: QueryContext, own: OwnCounts): Promise<StatsAnswer> {
  const asOf = context.now();
  const [others] = await ask(context, {
    sql: TOTALS,
    parameters: [own.writer],
    columns: { ...COUNTED, since: "bigint?" },
  });
  const held = await heldEvents(context);
  const { oldestAt: oldest } = held;
  const reasons = await ask(context, { sql: REASONS, columns: { reason: "text", n: "bigint" } });
  const { usedBytes } = await context.store.size();
  const { cutoff } = await standOf(context);
  const both = (name: keyof typeof COUNTED) => (others?.[name] ?? 0) + own[name];
  return {
    asOf,
    engine: context.store.engine,
    since: Math.min(own.since, others?.since ?? own.since),
    received: both("received"),
    stored: both("stored"),
    duplicate: both("duplicate"),
    ignored: both("ignored"),
    refused: both("refused"),
    dropped: own.dropped,
    inFlight: own.inFlight,
    refusedByReason: reasons.map(({ reason, n }) => ({ reason, count: n })),
    expired: both("expired"),
    cutoff: cutoff === 0 ? null : cutoff,
    usedBytes,
    ...held,
    streams: await streamsOf(context),
    notObserved: oldest === null ? [] : await unobserved(context, {}, { since: oldest, until: asOf }),
  };
}

const { received, stored, duplicate, ignored, refused, expired } = COUNTS.columns;
const COUNTED = { received, stored, duplicate, ignored, refused, expired };

async function streamsOf(context: QueryContext): Promise<StreamStats[]> {
  const rows = await ask(context, {
    sql: STREAMS,
    columns: { stream: "text", partition: "bigint", sequence: "bigint", updated_at: "bigint", missing: "bigint" },
  });
  return rows.map((row) => ({
    stream: row.partition === 0 ? row.stream : `${row.stream}/${row.partition}`,
    position: row.sequence,
    missing: row.missing,
    updatedAt: row.updated_at,
  }));
}
