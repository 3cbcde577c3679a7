import { setImmediate } from "node:timers/promises";
import { getHeapStatistics } from "node:v8";
import { at, textAt, wholeAt } from "../intake/json.js";
import { partsOf, repositoryKey } from "../projections/keys.js";
import { BASELINES } from "../projections/tables.js";
import type { Scope } from "../queries/answers/common.js";
import { ask, type QueryContext, SLOW } from "../queries/context.js";
import { valuesOf, Where } from "../queries/input.js";
import { type NewEvents, type Stand, standOf, whereNew } from "../queries/new-events.js";
import type { RowOf } from "../store/table.js";
import { type Baseline, foldDeployments, type RolledBackRollout } from "./deployments.js";
import { type FinishedSyncs, type Place, placeKey, readFinishedSyncs } from "./finished-syncs.js";
import { type Joined, join, type KnownDeployments, type Told } from "./joined-deployments.js";

/** The deployments of one repository in one environment. */
interface PlaceFold extends Told {
  readonly place: Place;
  /** The syncs that it follows from, and when the last of them ended. */
  readonly syncs: ReadonlySet<string>;
  readonly lastAt: number;
  readonly settled: boolean;
  readonly current: string | null;
}

/** What follows from everything that was stored up to a number. */
interface Remembered {
  readonly last: number;
  readonly era: string;
  /** By repository, then by environment. */
  readonly repositories: Map<string, readonly PlaceFold[]>;
  readonly rollbacks: readonly RolledBackRollout[];
  /** When revisions were committed, as far as events since then say. */
  readonly commits: Map<string, number>;
}

/** What one takes in memory, with its share of the lists that it is in. */
const BYTES_EACH = 700;
/** Deployments that are remembered, in a quarter of the memory that this process may use: more are read for each question. */
const MOST_REMEMBERED = Math.floor(getHeapStatistics().heap_size_limit / 4 / BYTES_EACH);
/** Answers for one scope, for as long as nothing new is stored: a page asks again and again, with other ranges. */
const SCOPES_REMEMBERED = 4;

interface Memory {
  remembered: Promise<Remembered | undefined> | undefined;
  readonly scopes: Map<string, { readonly asOf: string; readonly answer: Promise<Joined> }>;
}

const memories = new WeakMap<QueryContext["store"], Memory>();

/**
 * The deployments of a scope. What follows from one repository is remembered and made again when a sync of it is new or
 * has changed; only the first question that is not about single repositories reads all of them. What is remembered spares reads and decides nothing.
 */
export async function knownDeployments(context: QueryContext, scope: Scope): Promise<KnownDeployments> {
  const memory: Memory = memories.get(context.store) ?? { remembered: undefined, scopes: new Map() };
  memories.set(context.store, memory);
  const stand = await standOf(context);
  const asOf = `${stand.last} ${stand.era}`;
  const { clusterId, environment, namespace, repoName } = scope;
  const key = JSON.stringify([clusterId, environment, namespace, repoName]);
  const before = memory.scopes.get(key);
  const known = before?.asOf === asOf ? before.answer : answer(before?.answer);
  memory.scopes.delete(key);
  memory.scopes.set(key, { asOf, answer: known });
  for (const oldest of memory.scopes.keys()) {
    if (memory.scopes.size <= SCOPES_REMEMBERED) break;
    memory.scopes.delete(oldest);
  }
  let isSmall = false;
  try {
    const joined = await known;
    isSmall = joined.deployments.length <= MOST_REMEMBERED;
    return joined;
  } finally {
    // What failed is not remembered either.
    if (!isSmall && memory.scopes.get(key)?.answer === known) memory.scopes.delete(key);
  }

  async function answer(earlier: Promise<Joined> | undefined): Promise<Joined> {
    // A first question for some repositories need not wait for all of them.
    const isNarrow = memory.remembered === undefined && repoName !== undefined;
    const all = isNarrow ? undefined : await upToDate(context, memory, stand);
    const last = await earlier?.catch(() => undefined);
    if (all !== undefined) return await join(placesIn(all.repositories.values(), scope), all.rollbacks, last);
    const folds = await foldsOf(context, stand, () => inScope(scope));
    return await join([...folds.values()].flat(), await rollbacksIn(context, { after: 0, last: stand.last }));
  }
}

/** Brings what is remembered up to date, one at a time. Undefined where there is too much to remember. */
async function upToDate(context: QueryContext, memory: Memory, asked: Stand): Promise<Remembered | undefined> {
  const before = memory.remembered;
  const next = (async () => {
    const old = await before?.catch(() => undefined);
    // A question that was asked later may have been answered first.
    const stand = old !== undefined && old.last > asked.last ? await standOf(context) : asked;
    if (old === undefined || old.era !== stand.era || old.last > stand.last) return await readAll(context, stand);
    return old.last === stand.last ? old : await refreshed(context, old, stand);
  })();
  memory.remembered = next;
  return await next;
}

async function readAll(context: QueryContext, stand: Stand): Promise<Remembered | undefined> {
  const [count] = await ask(
    context,
    { sql: CHANGES, parameters: [MOST_REMEMBERED + 1], columns: { n: "bigint" } },
    SLOW,
  );
  if ((count?.n ?? 0) > MOST_REMEMBERED) return undefined;
  const repositories = await foldsOf(context, stand, () => inScope({}));
  const rollbacks = await rollbacksIn(context, { after: 0, last: stand.last });
  return { last: stand.last, era: stand.era, repositories, rollbacks, commits: new Map() };
}

/** With the repositories made again that events after a number may have changed. */
async function refreshed(context: QueryContext, old: Remembered, stand: Stand): Promise<Remembered | undefined> {
  const fresh = { after: old.last, last: stand.last };
  const changed = await changedSince(context, old, fresh);
  if (changed === undefined) return await readAll(context, stand);
  const folds = new Map<string, readonly PlaceFold[]>();
  const names = [...changed];
  for (let start = 0; start < names.length; start += REPOSITORIES_AT_ONCE) {
    const some = names.slice(start, start + REPOSITORIES_AT_ONCE).map(partsOf);
    const found = await foldsOf(context, stand, () => ofRepositories(some));
    for (const [name, fold] of found) folds.set(name, fold);
  }
  const rollbacks = [...old.rollbacks, ...(await rollbacksIn(context, fresh))];
  for (const name of changed) {
    const fold = folds.get(name);
    if (fold === undefined) old.repositories.delete(name);
    else old.repositories.set(name, fold);
  }
  return sizeOf(old.repositories) > MOST_REMEMBERED ? undefined : { ...old, last: stand.last, rollbacks };
}

/** The syncs that deployments were made of. */
function sizeOf(repositories: Remembered["repositories"]): number {
  let size = 0;
  for (const folds of repositories.values()) for (const { syncs } of folds) size += syncs.size;
  return size;
}

const REPOSITORIES_AT_ONCE = 500;

/** Clusters, namespaces and names of repositories as a condition. */
function ofRepositories(names: readonly (readonly string[])[]): Where {
  const where = new Where();
  const columns = ["s.cluster", "s.namespace", "s.repo"];
  const [only] = names;
  // Both engines find one value faster than a list of one.
  if (only !== undefined && names.length === 1) {
    for (const [part, column] of columns.entries()) where.and(`${column} = ${where.bind(only[part] ?? "", "text")}`);
    return where;
  }
  const lists = columns.map((_, part) => {
    const list = names.map((each) => each[part] ?? "");
    return `unnest(${where.bind(list, "text[]")})`;
  });
  where.and(`(${columns.join(", ")}) in (select ${lists.join(", ")})`);
  return where;
}

/** New syncs that are looked at one by one: for more it takes longer than to read everything, and stops the event loop. */
const MOST_NEW = 20_000;

/** The repositories whose deployments may not be what is remembered. Undefined where nearly all may be. */
async function changedSince(
  context: QueryContext,
  remembered: Remembered,
  fresh: NewEvents,
): Promise<Set<string> | undefined> {
  const where = whereNew(fresh);
  const oldestNew = { sql: OLDEST_NEW(where), parameters: [...where.parameters], columns: { ts: "bigint?" } } as const;
  const [oldest] = await ask(context, oldestNew);
  const sql = NEW_SYNCS(where, where.bind(oldest?.ts ?? 0, "bigint"), where.bind(MOST_NEW + 1, "bigint"));
  const rows = await ask(context, { sql, parameters: where.parameters, columns: NEW_SYNC }, SLOW);
  if (rows.length > MOST_NEW) return undefined;
  const changed = new Set<string>();
  for (const row of rows) {
    const name = repositoryKey(row);
    if (!changed.has(name) && !saysNothing(row, remembered.repositories.get(name))) changed.add(name);
  }
  for (const name of await withNewCommits(context, remembered, fresh)) changed.add(name);
  return changed;
}

/** Whether a sync leaves everything as it is: it has not ended, or it succeeded without a change. */
function saysNothing(row: RowOf<typeof NEW_SYNC>, folds: readonly PlaceFold[] = []): boolean {
  if (folds.some(({ syncs }) => syncs.has(row.sync))) return false;
  if (row.outcome === "under_way" || row.outcome === "unknown") return true;
  if (row.outcome !== "succeeded" || row.change !== "same") return false;
  const fold = folds.find(({ place }) => place.environment === row.environment);
  return fold?.settled === true && fold.current === row.revision && (row.ended_at ?? 0) > fold.lastAt;
}

/** The repositories that deployed a revision whose commit time became known or was corrected. */
async function withNewCommits(context: QueryContext, { commits }: Remembered, fresh: NewEvents): Promise<string[]> {
  const where = whereNew(fresh);
  const told = await ask(context, {
    sql: NEW_COMMITS(where),
    parameters: where.parameters,
    columns: { revision: "text", committed_at: "bigint" },
  });
  const unknown = told.filter(({ revision, committed_at: time }) => commits.get(revision) !== time);
  if (unknown.length === 0) return [];
  if (commits.size > MOST_REMEMBERED) commits.clear();
  for (const { revision, committed_at: time } of unknown) commits.set(revision, time);
  const rows = await ask(context, {
    sql: DEPLOYED,
    parameters: [unknown.map(({ revision }) => revision)],
    columns: { cluster: "text", namespace: "text", repo: "text" },
  });
  return rows.map(repositoryKey);
}

async function foldsOf(
  context: QueryContext,
  { cutoff }: Stand,
  where: () => Where,
): Promise<Map<string, readonly PlaceFold[]>> {
  const read = await readFinishedSyncs(context, where);
  const baselines = cutoff === 0 ? new Map<string, Baseline>() : await baselinesOf(context);
  const folds = new Map<string, PlaceFold[]>();
  let syncs = 0;
  for (const finished of read) {
    const name = repositoryKey(finished.place);
    folds.set(name, [...(folds.get(name) ?? []), foldOf(finished, baselines.get(placeKey(finished.place)))]);
    syncs += finished.syncs.length;
    if (syncs < SYNCS_AT_ONCE) continue;
    syncs = 0;
    await setImmediate();
    context.signal?.throwIfAborted();
  }
  return folds;
}

/** Syncs that are folded without giving the event loop its turn. */
const SYNCS_AT_ONCE = 2_000;

function foldOf({ place, syncs, heartbeats }: FinishedSyncs, baseline: Baseline | undefined): PlaceFold {
  const { deployments, leftOut, settled, current } = foldDeployments(syncs, baseline);
  return {
    place,
    deployments,
    leftOut,
    heartbeats: heartbeats.map((time) => ({ at: time })),
    settled,
    current,
    syncs: new Set(syncs.map(({ sync }) => sync)),
    lastAt: syncs.reduce((last, { ended_at: time }) => Math.max(last, time), 0),
  };
}

function placesIn(repositories: Iterable<readonly PlaceFold[]>, scope: Scope): PlaceFold[] {
  const wanted = (field: keyof Scope) => {
    const value = scope[field];
    return value === undefined ? undefined : new Set<string | null>(valuesOf(field, value));
  };
  const [clusters, namespaces] = [wanted("clusterId"), wanted("namespace")];
  const [repos, environments] = [wanted("repoName"), wanted("environment")];
  const allows = (values: ReadonlySet<string | null> | undefined, value: string | null) => values?.has(value) ?? true;
  return [...repositories].flatMap((folds) =>
    folds.filter(
      ({ place }) =>
        allows(clusters, place.cluster) &&
        allows(namespaces, place.namespace) &&
        allows(repos, place.repo) &&
        allows(environments, place.environment),
    ),
  );
}

function inScope(scope: Scope): Where {
  const where = new Where();
  where.scope(scope, "s.");
  where.and("s.ended_at is not null");
  return where;
}

/** No more are counted than are needed to know that they are too many. */
const CHANGES = `
select count(*) as n from (
  select s.sync from syncs s
  where s.outcome in ('succeeded', 'failed', 'timed_out') and (s.outcome <> 'succeeded' or s.change <> 'same')
  limit $1::bigint
) t`;

/** The sum keeps PostgreSQL from walking the index of times from the oldest event to the first new one. */
const OLDEST_NEW = (where: Where) => `select min(e.ts + 0) as ts from events e ${where} and e.sync is not null`;

/** Syncs with a new event. The time spares DuckDB most of the table. */
const NEW_SYNCS = (where: Where, oldest: string, most: string) => `
select s.cluster, s.namespace, s.repo, s.sync, s.environment, s.revision, s.ended_at, s.outcome, s.change
from syncs s where s.last_ts >= ${oldest}
  and s.sync in (select e.sync from events e ${where} and e.sync is not null)
limit ${most}`;

const NEW_SYNC = {
  cluster: "text",
  namespace: "text",
  repo: "text",
  sync: "text",
  environment: "text?",
  revision: "text?",
  ended_at: "bigint?",
  outcome: "text",
  change: "text",
} as const;

const NEW_COMMITS = (where: Where) => `
select c.revision, c.committed_at from commits c
where c.revision in (select e.revision from events e ${where} and e.revision is not null)`;

const DEPLOYED = `
select distinct s.cluster, s.namespace, s.repo from syncs s where s.revision in (select unnest($1::text[]))`;

const ROLLED_BACK = (where: Where) => `
select e.event_id, e.ts, e.subject, e.body from events e
${where} and e.system = 'kulta' and e.type = 'rollout.rolledback'
order by e.ts, e.event_id, e.rank, e.id`;

/** KULTA's reports, one for each run of a rollout where they are joined. */
async function rollbacksIn(context: QueryContext, fresh: NewEvents): Promise<RolledBackRollout[]> {
  const where = whereNew(fresh);
  const rows = await ask(context, {
    sql: ROLLED_BACK(where),
    parameters: where.parameters,
    columns: { event_id: "text", ts: "bigint", subject: "text?", body: "text" },
  });
  return rows.flatMap(({ event_id: eventId, ts, subject, body }) => {
    const parsed: unknown = JSON.parse(body);
    const rollout = at(at(at(parsed, "customData"), "kulta"), "rollout");
    const uid = textAt(rollout, "uid");
    const run = uid === null ? eventId : `${uid} ${wholeAt(rollout, "generation")}`;
    return subject === null ? [] : [{ ref: subject, at: ts, eventId, run }];
  });
}

async function baselinesOf(context: QueryContext): Promise<Map<string, Baseline>> {
  const rows = await ask(context, { sql: "select * from baselines b", columns: BASELINES.columns });
  return new Map(rows.map((row) => [placeKey(row), { revision: row.revision, seen: seenOf(row.seen) }]));
}

function seenOf(json: string): string[] {
  const list: unknown = JSON.parse(json);
  return Array.isArray(list) ? list.filter((each) => typeof each === "string") : [];
}
