import type { SearchAnswer, SearchInput, SearchItem } from "./answers/search.js";
import { ask, type QueryContext } from "./context.js";
import { checkText, Where, whole } from "./input.js";
import { titleOf } from "./stored-event.js";

const REPOSITORIES = (where: Where, limit: string) => `
select r.cluster, r.namespace, r.repo from repositories r ${where} order by length(r.repo), r.repo, r.namespace, r.cluster limit ${limit}`;

const SYNCS = (where: Where, limit: string) => `
select s.cluster, s.namespace, s.repo, s.sync, s.at_ts, s.revision from syncs s ${where} order by s.at_ts desc nulls last, s.sync desc nulls last limit ${limit}`;

const EVENTS = (where: Where, limit: string) => `
select e.event_id, e.ts, e.type, e.system, e.outcome, e.error_type, e.subject from events e ${where} order by e.rank, e.id limit ${limit}`;

/** What a text may mean: a repository, a revision, a sync, an event. */
export async function search(context: QueryContext, input: SearchInput): Promise<SearchAnswer> {
  const asOf = context.now();
  const text = checkText("text", input.text.trim());
  const limit = whole("limit", input.limit, 8, 1, 20);
  const named = new Where();
  named.contains(["r.repo", "r.namespace"], text);
  const repositories = await ask(context, {
    sql: REPOSITORIES(named, named.bind(limit, "bigint")),
    parameters: named.parameters,
    columns: { cluster: "text", namespace: "text", repo: "text" },
  });
  const items: SearchItem[] = repositories.map((row) => ({ kind: "repository", ...idOf(row) }));
  items.push(...(await syncsOf(context, text, limit)), ...(await eventOf(context, text)));
  return { asOf, items: items.slice(0, limit) };
}

async function syncsOf(context: QueryContext, text: string, limit: number): Promise<SearchItem[]> {
  const where = new Where();
  const place = where.bind(text, "text");
  const revision = /^[0-9a-f]{4,64}$/i.test(text) ? ` or substr(s.revision, 1, ${text.length}) = lower(${place})` : "";
  where.and(`(s.sync = ${place}${revision})`);
  const rows = await ask(context, {
    sql: SYNCS(where, where.bind(limit, "bigint")),
    parameters: where.parameters,
    columns: { cluster: "text", namespace: "text", repo: "text", sync: "text", at_ts: "bigint", revision: "text?" },
  });
  return rows.map((row) => ({ kind: "sync", ...idOf(row), syncId: row.sync, at: row.at_ts, revision: row.revision }));
}

async function eventOf(context: QueryContext, text: string): Promise<SearchItem[]> {
  const where = new Where();
  where.equals("e.event_id", "text", text);
  const rows = await ask(context, {
    sql: EVENTS(where, where.bind(1, "bigint")),
    parameters: where.parameters,
    columns: {
      event_id: "text",
      ts: "bigint",
      type: "text",
      system: "text",
      outcome: "text",
      error_type: "text?",
      subject: "text?",
    },
  });
  return rows.map((row) => ({ kind: "event", eventId: row.event_id, at: row.ts, title: titleOf(row) }));
}

function idOf({ cluster, namespace, repo }: { cluster: string; namespace: string; repo: string }) {
  return { clusterId: cluster, namespace, repoName: repo };
}
