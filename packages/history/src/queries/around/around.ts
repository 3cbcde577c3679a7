import { EVENTS, type EventRow, SYNCS, type SyncTableRow } from "../../projections/tables.js";
import { type AroundAnswer, type AroundInput, MATCH_GRADES, type Match, type NotKnown } from "../answers/around.js";
import { QueryError, type RepositoryId } from "../answers/common.js";
import { ask, type QueryContext } from "../context.js";
import { checkText, LAST_TIME, Where, whole } from "../input.js";
import { EVENT_COLUMNS, onceEach, storedEvent } from "../stored-event.js";
import { SYNC_COLUMNS, syncRow } from "../sync-row.js";
import { type Focus, gradeOf, graphOf } from "./grade.js";
import { notKnownOf } from "./not-known.js";
import { revisionsAt } from "./revisions.js";
import { isRoutine } from "./routine.js";
import { objectOfResource, repositoryName, type Signature, signatureOf, union } from "./signature.js";

/** Events of each kind that are looked at: the nearest. One more is read, to tell whether there are more. */
const CANDIDATES = 1_000;
/** Objects that a repository wrote so long before or after are its own. */
const LINKED_MS = 60 * 86_400_000;

const NEAREST = (where: Where, at: string) => `
select ${EVENT_COLUMNS} from events e ${where}
order by abs(e.ts - ${at}), e.ts, e.event_id, e.rank, e.id limit ${CANDIDATES + 1}`;

const EVENT = `select ${EVENT_COLUMNS} from events e where e.event_id = $1::text order by e.rank, e.id limit 1`;

const OBJECTS = `
select distinct l.target from links l
where l.cluster = $1::text and l.namespace = $2::text and l.repo = $3::text and l.week_end >= $4::bigint and l.week <= $5::bigint
order by l.target limit 5000`;

const NAMESPACES = `
select distinct l.cluster, l.namespace, l.repo, l.target from links l
where (l.cluster, l.namespace, l.repo) in (select unnest($1::text[]), unnest($2::text[]), unnest($3::text[]))
  and l.week_end >= $4::bigint and l.week <= $5::bigint
order by l.cluster, l.namespace, l.repo, l.target limit 20000`;

const FAILURE = (where: Where, at: string) => `
select ${SYNC_COLUMNS} from syncs s ${where} order by abs(s.ended_at - ${at}), s.ended_at, s.sync limit 1`;

/** Of other repositories, what can have an effect on this one; of this one, what tells how it went. */
const TELLING = [
  "sync_completed",
  "sync_failed",
  "drift_detected",
  "drift_corrected",
  "webhook_received",
  "worker_stopped",
] as const;
const IS_TELLING = `(e.type in ('${TELLING.join("', '")}') or e.outcome in ('failure', 'timeout'))`;

function isTelling({ type, outcome }: EventRow): boolean {
  return TELLING.some((telling) => telling === type) || outcome === "failure" || outcome === "timeout";
}

/** Everything within a window that belongs to an event, or to a repository at a time, or lies near it. */
export async function around(context: QueryContext, input: AroundInput): Promise<AroundAnswer> {
  const asOf = context.now();
  const windowMs = whole("windowMs", input.windowMs, 900_000, 1, 86_400_000);
  const limit = whole("limit", input.limit, 200, 1, 500);
  const subject = await subjectOf(context, input);
  const { at, repository } = subject;
  const near = await nearOf(context, { at, windowMs, repository });
  const focus = await focusOf(context, subject, near);
  const { matches, truncated } = await matchesOf(context, focus, near, subject.event);
  const window = { since: at - windowMs, until: at + windowMs + 1 };
  return {
    asOf,
    at,
    windowMs,
    repository,
    ...(await revisionsAt(context, repository, at)),
    nearestFailure: await failureNear(context, repository, at, windowMs),
    matches: matches.slice(0, limit),
    notKnown: await notKnownOf(context, focus.cluster, window, truncated || matches.length > limit),
  };
}

/** Events of other systems around a sync: from so long before its start to so long after its end. */
export async function aroundSync(
  context: QueryContext,
  sync: SyncTableRow,
  windowMs: number,
): Promise<{ matches: Match[]; notKnown: readonly NotKnown[] }> {
  const repository = { clusterId: sync.cluster, namespace: sync.namespace, repoName: sync.repo };
  const start = sync.at_ts;
  const at = start;
  const reach = windowMs + Math.max(0, (sync.ended_at ?? start) - start);
  const itself: Signature = {
    ...union([]),
    syncs: new Set([sync.sync]),
    traces: new Set(sync.trace === null ? [] : [sync.trace]),
    rollouts: new Map(sync.rollout_ref === null ? [] : [[sync.rollout_ref, ""]]),
  };
  const near = await nearOf(context, { at, windowMs: reach, repository });
  const focus = await focusOf(context, { at, repository, event: undefined, cluster: sync.cluster }, near, itself);
  const { matches, truncated } = await matchesOf(context, focus, near);
  const foreign = matches.filter(({ event }) => event.system !== "alumiini" && event.at >= start - windowMs);
  const window = { since: start - windowMs, until: start + reach + 1 };
  return {
    matches: foreign.slice(0, 200),
    notKnown: await notKnownOf(context, sync.cluster, window, truncated || foreign.length > 200),
  };
}

interface Subject {
  readonly at: number;
  readonly repository: RepositoryId | null;
  readonly event: EventRow | undefined;
  readonly cluster: string | null;
}

async function subjectOf(context: QueryContext, input: AroundInput): Promise<Subject> {
  if (input.eventId !== undefined) {
    const [event] = await ask(context, {
      sql: EVENT,
      parameters: [checkText("eventId", input.eventId)],
      columns: EVENTS.columns,
    });
    if (event === undefined) throw new QueryError("eventId", "names no stored event");
    const { cluster, namespace, repo, ts } = event;
    const known = cluster !== null && namespace !== null && repo !== null;
    const repository = known ? { clusterId: cluster, namespace, repoName: repo } : null;
    return { at: input.at ?? ts, repository, event, cluster };
  }
  const at = whole("at", input.at, -1, 0, LAST_TIME);
  if (at < 0) throw new QueryError("at", "is needed where no eventId is given");
  return { at, ...(await repositoryOf(context, input)), event: undefined };
}

/** A name alone is enough where only one repository has it. */
async function repositoryOf(
  context: QueryContext,
  input: AroundInput,
): Promise<Pick<Subject, "repository" | "cluster">> {
  if (input.repoName === undefined) {
    return {
      repository: null,
      cluster: input.clusterId === undefined ? null : checkText("clusterId", input.clusterId),
    };
  }
  const where = new Where();
  where.scope({ clusterId: input.clusterId, namespace: input.namespace, repoName: input.repoName });
  const found = await ask(context, {
    sql: `select cluster, namespace, repo from repositories ${where} order by cluster, namespace, repo limit 20`,
    parameters: where.parameters,
    columns: { cluster: "text", namespace: "text", repo: "text" },
  });
  const [only, ...others] = found;
  if (only === undefined) throw new QueryError("repoName", "names no repository that was heard of");
  if (others.length > 0) {
    const names = found.slice(0, 5).map(({ cluster, namespace, repo }) => `${cluster}/${namespace}/${repo}`);
    throw new QueryError("repoName", `names several repositories; add clusterId or namespace: ${names.join(", ")}`);
  }
  const repository = { clusterId: only.cluster, namespace: only.namespace, repoName: only.repo };
  return { repository, cluster: only.cluster };
}

interface Moment {
  readonly at: number;
  readonly windowMs: number;
  readonly repository: RepositoryId | null;
}

/** A moment with the events of its repository. */
interface Near extends Moment {
  /** The nearest, one more than are looked at. */
  readonly events: readonly EventRow[];
}

async function nearOf(context: QueryContext, moment: Moment): Promise<Near> {
  const { repository } = moment;
  if (repository === null) return { ...moment, events: [] };
  return { ...moment, events: await nearest(context, moment, (where) => where.scope(repository, "e.")) };
}

async function nearest(
  context: QueryContext,
  { at, windowMs }: Moment,
  narrow: (where: Where) => void,
): Promise<EventRow[]> {
  const where = new Where();
  where.within("e.ts", at - windowMs, at + windowMs + 1);
  narrow(where);
  const place = where.bind(at, "bigint");
  return await ask(context, { sql: NEAREST(where, place), parameters: where.parameters, columns: EVENTS.columns });
}

/** What the subject can be joined by: its own events within the window, and the objects that it writes. */
async function focusOf(
  context: QueryContext,
  { at, repository, event, cluster }: Subject,
  { events, windowMs }: Near,
  itself: Signature = union(event === undefined ? [] : [signatureOf(event)]),
): Promise<Focus> {
  if (repository === null) return { ...itself, cluster, subject: itself };
  const links = await ask(context, {
    sql: OBJECTS,
    parameters: [repository.clusterId, repository.namespace, repository.repoName, at - LINKED_MS, at + windowMs],
    columns: { target: "text" },
  });
  const objects = links.map(({ target }) => objectOfResource(target));
  const written: Signature = {
    ...union([]),
    cluster: repository.clusterId,
    repositories: new Set([repositoryName(repository.clusterId, repository.namespace, repository.repoName)]),
    objects: new Set(objects),
    namespaces: new Set(objects.flatMap((object) => object.split("/")[1] || [])),
    rollouts: new Map(await rolloutsOf(context, repository, at)),
  };
  const all = union([itself, written, ...events.slice(0, CANDIDATES).map(signatureOf)]);
  return { ...all, cluster: repository.clusterId, subject: itself };
}

async function rolloutsOf(context: QueryContext, repository: RepositoryId, at: number): Promise<[string, string][]> {
  const where = new Where();
  where.scope(repository, "s.");
  where.and(`s.rollout_ref is not null and s.at_ts <= ${where.bind(at + LINKED_MS, "bigint")}`);
  const rows = await ask(context, {
    sql: `select distinct s.rollout_ref from syncs s ${where} order by s.rollout_ref limit 100`,
    parameters: where.parameters,
    columns: { rollout_ref: "text" },
  });
  return rows.map(({ rollout_ref: ref }) => [ref, ""]);
}

async function matchesOf(
  context: QueryContext,
  focus: Focus,
  near: Near,
  except?: EventRow,
): Promise<{ matches: Match[]; truncated: boolean }> {
  const { at, repository, events } = near;
  const foreign = await nearest(context, near, (where) => {
    where.and("e.system <> 'alumiini'");
    if (focus.cluster !== null) where.and(`(e.cluster is null or e.cluster = ${where.bind(focus.cluster, "text")})`);
  });
  const own = await nearest(context, near, (where) => {
    where.and(`e.system = 'alumiini' and ${IS_TELLING}`);
    if (focus.cluster !== null) where.and(`e.cluster = ${where.bind(focus.cluster, "text")}`);
  });
  const others =
    repository === null || events.length <= CANDIDATES
      ? events.filter(isTelling)
      : await nearest(context, near, (where) => {
          where.scope(repository, "e.");
          where.and(IS_TELLING);
        });
  const lists = [foreign, own, others];
  const rows = onceEach(lists.flatMap((list) => list.slice(0, CANDIDATES))).filter(
    ({ event_id: id }) => id !== except?.event_id,
  );
  const written = await namespacesOf(context, rows, at);
  const signatures = new Map(rows.map((row) => [row, withNamespaces(signatureOf(row), written.get(nameOf(row)))]));
  const graph = graphOf([...signatures.values()]);
  const matches = rows.flatMap((row): Match[] => {
    const signature = signatures.get(row);
    const graded = signature === undefined ? undefined : gradeOf(focus, signature, graph);
    return graded === undefined
      ? []
      : [{ event: storedEvent(row), offsetMs: row.ts - at, ...graded, routine: isRoutine(row) }];
  });
  matches.sort(
    (a, b) =>
      MATCH_GRADES.indexOf(a.grade) - MATCH_GRADES.indexOf(b.grade) ||
      Number(a.routine) - Number(b.routine) ||
      Math.abs(a.offsetMs) - Math.abs(b.offsetMs) ||
      (a.event.eventId < b.event.eventId ? -1 : 1),
  );
  return { matches, truncated: lists.some(({ length }) => length > CANDIDATES) };
}

/** The namespaces that other repositories write to: their events need not list every object again. */
async function namespacesOf(
  context: QueryContext,
  rows: readonly EventRow[],
  at: number,
): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  const own = [...new Map(rows.filter(({ repo }) => repo !== null).map((row) => [nameOf(row), row])).values()];
  if (own.length === 0) return found;
  const lists = [
    own.map(({ cluster }) => cluster ?? ""),
    own.map(({ namespace }) => namespace ?? ""),
    own.map(({ repo }) => repo ?? ""),
  ];
  const links = await ask(context, {
    sql: NAMESPACES,
    parameters: [...lists, at - LINKED_MS, at + LINKED_MS],
    columns: { cluster: "text", namespace: "text", repo: "text", target: "text" },
  });
  for (const link of links) {
    const [, namespace = ""] = objectOfResource(link.target).split("/");
    const namespaces = found.get(nameOf(link)) ?? new Set();
    found.set(nameOf(link), namespace === "" ? namespaces : namespaces.add(namespace));
  }
  return found;
}

function withNamespaces(signature: Signature, namespaces: ReadonlySet<string> | undefined): Signature {
  if (namespaces === undefined) return signature;
  return { ...signature, namespaces: new Set([...signature.namespaces, ...namespaces]) };
}

function nameOf({ cluster, namespace, repo }: Pick<EventRow, "cluster" | "namespace" | "repo">): string {
  return repositoryName(cluster, namespace, repo);
}

async function failureNear(context: QueryContext, repository: RepositoryId | null, at: number, windowMs: number) {
  if (repository === null) return null;
  const where = new Where();
  where.scope(repository, "s.");
  where.and("s.outcome in ('failed', 'timed_out')");
  where.within("s.ended_at", at - windowMs, at + windowMs + 1);
  const [found] = await ask(context, {
    sql: FAILURE(where, where.bind(at, "bigint")),
    parameters: where.parameters,
    columns: SYNCS.columns,
  });
  return found === undefined ? null : syncRow(found);
}
