import { at, isObject, textAt, wholeAt } from "../intake/json.js";
import { factsOf } from "../projections/facts.js";
import { reduceSteps } from "../projections/steps.js";
import { EVENTS, type EventRow, SYNCS, type SyncTableRow } from "../projections/tables.js";
import type { OutcomeMark } from "./answers/states.js";
import type { RolloutStep, SyncAnswer, SyncInput, SyncResource } from "./answers/sync.js";
import { aroundSync } from "./around/around.js";
import { ask, type QueryContext } from "./context.js";
import { checkText, Where, whole } from "./input.js";
import { EVENT_COLUMNS, onceEach, storedEvent } from "./stored-event.js";
import { outcomeOf, SYNC_COLUMNS, syncRow, withRollbacks } from "./sync-row.js";

const FIND = (where: Where) => `select ${SYNC_COLUMNS} from syncs s ${where} order by s.at_ts desc nulls last limit 1`;

const OWN = (where: Where) => `
select ${EVENT_COLUMNS} from events e ${where} order by e.ts, e.event_id, e.rank, e.id limit 2000`;

const NEIGHBOUR = (where: Where, direction: "asc" | "desc nulls last", limit: number) => `
select s.sync, s.at_ts, s.outcome from syncs s ${where} order by s.at_ts ${direction}, s.sync ${direction} limit ${limit}`;

const SAME_ERROR = `
select distinct s.cluster, s.namespace, s.repo, s.sync, s.ended_at from syncs s
where s.error_type = $1::text and s.ended_at >= $2::bigint and s.ended_at <= $3::bigint
  and s.outcome in ('failed', 'timed_out') and not (s.cluster = $4::text and s.namespace = $5::text and s.repo = $6::text)
order by s.ended_at, s.cluster, s.namespace, s.repo, s.sync limit 20`;

const ROLLOUT = `
select ${EVENT_COLUMNS} from events e
where e.system = 'kulta' and e.type like '%rollout.%' and e.subject = $1::text and e.ts >= $2::bigint and e.ts < $3::bigint
order by e.ts, e.event_id limit 500`;

const NEXT_HAND_OFF = `
select min(s.ended_at) as ended_at from syncs s where s.rollout_ref = $1::text and s.ended_at > $2::bigint`;

/** Events of the repository that belong to a sync without naming it: a webhook shortly before, a drift in between. */
const BESIDE_MS = 10 * 60_000;
/** A rollout that nothing ends is looked at for so long. */
const LONGEST_ROLLOUT_MS = 7 * 86_400_000;

/** One sync: its steps, its objects, its events, and what is linked with it. */
export async function sync(context: QueryContext, input: SyncInput): Promise<SyncAnswer> {
  const asOf = context.now();
  const windowMs = whole("windowMs", input.windowMs, 300_000, 1, 86_400_000);
  const where = new Where();
  where.equals("s.sync", "syncId", checkText("syncId", input.syncId));
  where.equals("s.cluster", "clusterId", input.clusterId);
  where.equals("s.namespace", "namespace", input.namespace);
  where.equals("s.repo", "repoName", input.repoName);
  const [found] = await ask(context, { sql: FIND(where), parameters: where.parameters, columns: SYNCS.columns });
  if (found === undefined) return { ...NOTHING, asOf };
  const [row] = await withRollbacks(context, [syncRow(found)]);
  const own = await ownEvents(context, found);
  const beside = await besideEvents(context, found);
  const around = await aroundSync(context, found, windowMs);
  return {
    asOf,
    sync: row ?? null,
    steps: reduceSteps(
      found,
      [...own, ...beside].flatMap((event) => factsOf(event) ?? []),
    ),
    resources: resourcesOf(own),
    events: own.slice(0, 1_000).map(storedEvent),
    rollout: await rolloutOf(context, found),
    around: around.matches,
    notKnown: around.notKnown,
    ...(await neighbours(context, found)),
    sameError: await sameErrorOf(context, found),
  };
}

const NOTHING = {
  sync: null,
  steps: [],
  resources: [],
  events: [],
  rollout: [],
  around: [],
  notKnown: [],
  previousSyncId: null,
  nextSyncId: null,
  lastOutcomes: [],
  sameError: [],
} as const;

async function ownEvents(context: QueryContext, row: SyncTableRow): Promise<EventRow[]> {
  const where = repository(row, "e.");
  where.within("e.ts", row.first_ts, row.last_ts + 1);
  // The id alone stands for events that named no sync.
  where.and(`e.sync = ${where.bind(row.sync, "text")}`);
  return onceEach(await ask(context, { sql: OWN(where), parameters: where.parameters, columns: EVENTS.columns }));
}

async function besideEvents(context: QueryContext, row: SyncTableRow): Promise<EventRow[]> {
  const where = repository(row, "e.");
  where.within("e.ts", row.first_ts - BESIDE_MS, row.last_ts + 1);
  where.and("e.sync is null and e.type in ('webhook_received', 'drift_detected', 'drift_corrected')");
  const events = onceEach(
    await ask(context, { sql: OWN(where), parameters: where.parameters, columns: EVENTS.columns }),
  );
  const webhooks = events.filter(({ type, ts }) => type === "webhook_received" && ts <= row.at_ts);
  const drifts = events.filter(({ type }) => type !== "webhook_received");
  // The newest webhook before it; which of several made it start is not known where it started otherwise.
  return [...(row.trigger_by === "webhook" ? webhooks.slice(-1) : []), ...drifts];
}

function resourcesOf(events: readonly EventRow[]): SyncResource[] {
  const found = new Map<string, SyncResource>();
  for (const event of events) {
    for (const key of factsOf(event)?.resources ?? []) {
      const [kind = "", second = "", third] = key.split("/");
      found.set(
        key,
        third === undefined ? { kind, namespace: null, name: second } : { kind, namespace: second, name: third },
      );
    }
  }
  return [...found.values()].slice(0, 1_000);
}

async function rolloutOf(context: QueryContext, row: SyncTableRow): Promise<RolloutStep[]> {
  if (row.rollout_ref === null || row.ended_at === null) return [];
  const [next] = await ask(context, {
    sql: NEXT_HAND_OFF,
    parameters: [row.rollout_ref, row.ended_at],
    columns: { ended_at: "bigint?" },
  });
  const until = next?.ended_at ?? row.ended_at + LONGEST_ROLLOUT_MS;
  const events = await ask(context, {
    sql: ROLLOUT,
    parameters: [row.rollout_ref, row.ended_at, until],
    columns: EVENTS.columns,
  });
  return onceEach(events).map(rolloutStep);
}

function rolloutStep(event: EventRow): RolloutStep {
  const body: unknown = JSON.parse(event.body);
  const kulta = at(at(body, "customData"), "kulta");
  const step = at(kulta, "step");
  // An occurrence has them in its data.
  const told = at(at(body, "data"), "rollout");
  return {
    at: event.ts,
    phase: event.type.replace(/^.*rollout\./, ""),
    strategy: textAt(kulta, "strategy") ?? textAt(told, "strategy"),
    index: isObject(step) ? wholeAt(step, "index") : null,
    total: isObject(step) ? wholeAt(step, "total") : null,
    trafficWeight: isObject(step) ? wholeAt(step, "traffic_weight") : wholeAt(told, "current_weight"),
    reason: textAt(at(kulta, "decision"), "reason") ?? causeOf(at(body, "error")),
    eventId: event.event_id,
  };
}

/** The message of a failed rollout: KULTA has it among the causes, and a sentence about the rollout beside it. */
function causeOf(error: unknown): string | null {
  const causes = at(error, "possible_causes");
  const first: unknown = Array.isArray(causes) ? causes[0] : undefined;
  return typeof first === "string" && first !== "" ? first : textAt(error, "what_failed");
}

async function neighbours(context: QueryContext, row: SyncTableRow) {
  const side = async (sign: "<" | "<=" | ">", direction: "asc" | "desc nulls last", limit: number) => {
    const where = repository(row, "s.");
    where.and(`(s.at_ts, s.sync) ${sign} (${where.bind(row.at_ts, "bigint")}, ${where.bind(row.sync, "text")})`);
    return await ask(context, {
      sql: NEIGHBOUR(where, direction, limit),
      parameters: where.parameters,
      columns: { sync: "text", at_ts: "bigint", outcome: "text" },
    });
  };
  const upTo = await side("<=", "desc nulls last", 12);
  const [next] = await side(">", "asc", 1);
  const lastOutcomes = upTo
    .map((mark): OutcomeMark => ({ syncId: mark.sync, at: mark.at_ts, outcome: outcomeOf(mark.outcome) }))
    .reverse();
  return { previousSyncId: upTo[1]?.sync ?? null, nextSyncId: next?.sync ?? null, lastOutcomes };
}

async function sameErrorOf(context: QueryContext, row: SyncTableRow): Promise<SyncAnswer["sameError"]> {
  if (row.error_type === null || row.ended_at === null) return [];
  const rows = await ask(context, {
    sql: SAME_ERROR,
    parameters: [
      row.error_type,
      row.ended_at - BESIDE_MS,
      row.ended_at + BESIDE_MS,
      row.cluster,
      row.namespace,
      row.repo,
    ],
    columns: { cluster: "text", namespace: "text", repo: "text", sync: "text", ended_at: "bigint" },
  });
  return rows.map(({ cluster, namespace, repo, sync: syncId, ended_at: endedAt }) => ({
    clusterId: cluster,
    namespace,
    repoName: repo,
    syncId,
    at: endedAt,
  }));
}

function repository({ cluster, namespace, repo }: SyncTableRow, alias: string): Where {
  const where = new Where();
  where.scope({ clusterId: cluster, namespace, repoName: repo }, alias);
  return where;
}
