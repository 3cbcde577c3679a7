import { SYNCS } from "../projections/tables.js";
import { QueryError } from "./answers/common.js";
import { SYNC_OUTCOMES, type SyncOutcome } from "./answers/states.js";
import type { SyncsAnswer, SyncsInput } from "./answers/syncs.js";
import { ask, type QueryContext } from "./context.js";
import { checkText, cursorOf, LAST_TIME, rangeOf, readCursor, someOf, Where, whole } from "./input.js";
import { SYNC_COLUMNS, syncRow, WENT_BACK, withRollbacks } from "./sync-row.js";

const PAGE = (where: Where, limit: string) => `
select ${SYNC_COLUMNS} from syncs s ${where}
order by s.at_ts desc nulls last, s.sync desc nulls last, s.cluster desc nulls last, s.namespace desc nulls last, s.repo desc nulls last
limit ${limit}`;

const TOTAL = (where: Where) => `
select count(*) as n, count(*) filter (where s.outcome in ('failed', 'timed_out')) as failed from syncs s ${where}`;

/** Syncs, newest first. */
export async function syncs(context: QueryContext, input: SyncsInput = {}): Promise<SyncsAnswer> {
  const asOf = context.now();
  const limit = whole("limit", input.limit, 50, 1, 500);
  const after = readCursor(input.cursor, ["number", "string", "string", "string", "string"]);
  const all = conditions(input);
  const [total] = await ask(context, {
    sql: TOTAL(all),
    parameters: all.parameters,
    columns: { n: "bigint", failed: "bigint" },
  });

  const page = conditions(input);
  if (after !== undefined) {
    const [at, ...names] = after;
    const places = [page.bind(at, "bigint"), ...names.map((name) => page.bind(name, "text"))];
    page.and(`(s.at_ts, s.sync, s.cluster, s.namespace, s.repo) < (${places.join(", ")})`);
  }
  const rows = await ask(context, {
    sql: PAGE(page, page.bind(limit + 1, "bigint")),
    parameters: page.parameters,
    columns: SYNCS.columns,
  });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    asOf,
    items: await withRollbacks(context, shown.map(syncRow)),
    nextCursor:
      rows.length > limit && last !== undefined
        ? cursorOf([last.at_ts, last.sync, last.cluster, last.namespace, last.repo])
        : null,
    total: total?.n ?? 0,
    failed: total?.failed ?? 0,
  };
}

function conditions(input: SyncsInput): Where {
  const where = new Where();
  // Until the end of time by default: a clock that runs ahead hides nothing.
  const { since, until } = rangeOf(input, { since: 0, until: LAST_TIME });
  if (input.since !== undefined || input.until !== undefined) where.within("s.at_ts", since, until);
  where.scope(input, "s.");
  where.equals("s.error_type", "errorType", input.errorType);
  where.equals("s.trigger_by", "trigger", input.trigger);
  const outcomes = someOf("outcomes", input.outcomes, SYNC_OUTCOMES);
  if (outcomes !== undefined) where.and(outcomeCondition(outcomes));
  if (input.revision !== undefined) {
    const revision = checkText("revision", input.revision);
    if (revision.length < 4) throw new QueryError("revision", "must have 4 characters or more");
    where.and(`substr(s.revision, 1, ${revision.length}) = ${where.bind(revision, "text")}`);
  }
  if (input.search !== undefined) where.contains(["s.repo", "s.error_message"], checkText("search", input.search));
  return where;
}

/** What went back succeeded as well, and matches both words. */
function outcomeCondition(outcomes: readonly SyncOutcome[]): string {
  const stored = outcomes.filter((outcome) => outcome !== "rolled_back").map((outcome) => `'${outcome}'`);
  const conditions = stored.length === 0 ? [] : [`s.outcome in (${stored.join(", ")})`];
  if (outcomes.includes("rolled_back"))
    conditions.push(`(s.outcome = 'succeeded' and s.change <> 'same' and ${WENT_BACK})`);
  return conditions.length === 0 ? "1 = 0" : `(${conditions.join(" or ")})`;
}
