import { setImmediate } from "node:timers/promises";
import { keyOf } from "../projections/keys.js";
import { ask, type QueryContext, SLOW } from "../queries/context.js";
import type { Where } from "../queries/input.js";
import { StoreError } from "../store/errors.js";
import type { FinishedSync } from "./deployments.js";

/** A name as it stands in a line: without the two characters that separate fields. */
const plain = (column: string) => `translate(coalesce(${column}, ''), chr(30) || chr(31), '  ')`;

/**
 * A finished sync as one text: a year of a large fleet is read as one text for each repository, which takes a fourth of
 * the time that cells take. {@link syncOf} reads it.
 */
const LINE = `
cast(s.ended_at as text) || chr(31) || s.outcome || chr(31) || ${plain("s.event_id")} || chr(31) || ${plain("s.revision")}
|| chr(31) || ${plain("s.previous_revision")} || chr(31) || coalesce(cast(s.touched as text), '')
|| chr(31) || coalesce(cast(s.rework as text), '') || chr(31) || cast(s.rollback as text)
|| chr(31) || coalesce(cast(coalesce(s.committed_at, c.committed_at) as text), '')
|| chr(31) || ${plain("s.rollout_ref")} || chr(31) || ${plain("s.trigger_by")} || chr(31) || ${plain("s.sync")} || chr(31) || s.change`;

const FIELDS = 13;

/**
 * All finished syncs but successes that say themselves that nothing changed, after a success with the same revision: from
 * those nothing follows.
 */
const TELLING = (where: Where) => `
select s.cluster, s.namespace, s.repo, s.environment, string_agg(${LINE}, chr(30)) as lines
from (
  select s.*,
    lag(s.outcome) over (partition by s.cluster, s.namespace, s.repo, s.environment order by s.ended_at, s.sync) as outcome_before,
    lag(s.revision) over (partition by s.cluster, s.namespace, s.repo, s.environment order by s.ended_at, s.sync) as revision_before
  from (
    select s.cluster, s.namespace, s.repo, s.environment, s.sync, s.ended_at, s.outcome, s.event_id, s.revision,
      s.previous_revision, s.touched, s.rework, s.rollback, s.committed_at, s.rollout_ref, s.trigger_by, s.change
    from syncs s ${where} and s.outcome in ('succeeded', 'failed', 'timed_out')
  ) s
) s left join commits c on c.revision = s.revision
where s.outcome <> 'succeeded' or s.change <> 'same' or s.outcome_before is distinct from 'succeeded'
  or s.revision_before is distinct from s.revision
group by s.cluster, s.namespace, s.repo, s.environment`;

/** A repository in one environment: each has a revision of its own. */
export interface Place {
  readonly cluster: string;
  readonly namespace: string;
  readonly repo: string;
  readonly environment: string | null;
}

/** The finished syncs of a place, as far as something follows from them. */
export interface FinishedSyncs {
  readonly place: Place;
  /** In no order. */
  readonly syncs: readonly FinishedSync[];
  /** When those of them ended that say that nothing changed. */
  readonly heartbeats: readonly number[];
}

export function placeKey({ cluster, namespace, repo, environment }: Place): string {
  return keyOf(cluster, namespace, repo, environment ?? "");
}

const COLUMNS = { cluster: "text", namespace: "text", repo: "text", environment: "text?", lines: "text" } as const;

/** Texts that are read without giving the event loop its turn. */
const AT_ONCE = 20;

/** Reads the finished syncs that a condition on `s` allows. */
export async function readFinishedSyncs(context: QueryContext, where: () => Where): Promise<FinishedSyncs[]> {
  const condition = where();
  const query = { sql: TELLING(condition), parameters: condition.parameters, columns: COLUMNS };
  const read: FinishedSyncs[] = [];
  for (const [index, { lines, ...place }] of (await ask(context, query, SLOW)).entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) {
      await setImmediate();
      context.signal?.throwIfAborted();
    }
    const syncs: FinishedSync[] = [];
    const heartbeats: number[] = [];
    for (const line of lines.split("\u001e")) {
      const fields = line.split("\u001f");
      if (fields.length !== FIELDS) throw new StoreError(`a sync is read as ${fields.length} fields, not ${FIELDS}`);
      const sync = syncOf(place, fields);
      syncs.push(sync);
      if (sync.outcome === "succeeded" && fields.at(-1) === "same") heartbeats.push(sync.ended_at);
    }
    read.push({ place, syncs, heartbeats });
  }
  return read;
}

function syncOf({ cluster, namespace, repo, environment }: Place, fields: readonly string[]): FinishedSync {
  const [endedAt, outcome, eventId, revision, previous, touched, rework, rollback, committedAt, ref, trigger, sync] =
    fields;
  return {
    cluster,
    namespace,
    repo,
    environment,
    sync: sync ?? "",
    event_id: eventId ?? "",
    ended_at: Number(endedAt),
    outcome: outcome ?? "",
    error_type: null,
    revision: revision || null,
    previous_revision: previous || null,
    touched: touched === "" ? null : touched === "true",
    rework: rework === "" ? null : rework === "true",
    rollback: rollback === "true",
    committed_at: committedAt ? Number(committedAt) : null,
    rollout_ref: ref || null,
    trigger_by: trigger || null,
  };
}
