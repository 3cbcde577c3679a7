import type { RepositoryId } from "../answers/common.js";
import { ask, type QueryContext } from "../context.js";
import { LAST_TIME, Where } from "../input.js";

/** How far back is looked first for what ran at a time. */
const RECENT_MS = 30 * 86_400_000;

const RUNNING = (where: Where) => `
select s.revision from syncs s ${where} order by s.ended_at desc nulls last, s.sync desc nulls last limit 1`;

const WANTED = (where: Where) => `
select e.revision from events e ${where} order by e.ts desc nulls last, e.event_id desc nulls last limit 1`;

/** What a repository ran at a time, and what it was to run where that is another. */
export async function revisionsAt(
  context: QueryContext,
  repository: RepositoryId | null,
  at: number,
): Promise<{ runningRevision: string | null; wantedRevision: string | null }> {
  if (repository === null) return { runningRevision: null, wantedRevision: null };
  const runningRevision = await newestBefore(at, async (since) => {
    const where = new Where();
    where.scope(repository, "s.");
    where.and("s.outcome = 'succeeded' and s.revision is not null");
    where.within("s.ended_at", since, at + 1);
    return await ask(context, { sql: RUNNING(where), parameters: where.parameters, columns: { revision: "text?" } });
  });
  const newest = await newestBefore(at, async (since) => {
    const where = new Where();
    where.scope(repository, "e.");
    where.and("e.type in ('sync_started', 'sync_completed', 'sync_failed', 'git_fetched', 'webhook_received')");
    where.and("e.revision is not null");
    where.within("e.ts", since, at + 1);
    return await ask(context, { sql: WANTED(where), parameters: where.parameters, columns: { revision: "text?" } });
  });
  return { runningRevision, wantedRevision: newest === runningRevision ? null : newest };
}

/** Mostly it is recent: only where it is not, everything is looked at. */
async function newestBefore(
  at: number,
  read: (since: number) => Promise<readonly { readonly revision: string | null }[]>,
): Promise<string | null> {
  const [found = (await read(-LAST_TIME))[0]] = await read(at - RECENT_MS);
  return found?.revision ?? null;
}
