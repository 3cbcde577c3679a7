import { createTelemetry } from "@alumiini/core";
import type { Sink } from "@alumiini/delivery";

/** Ids of events in order, by repository. */
export type IdsByRepository = Record<string, string[]>;

/**
 * Emits events of 20 repositories into the sink, as fast as it delivers: never many more than 2,000 wait. Answers what
 * was emitted.
 */
export async function emitTraffic(sink: Sink, count: number, random: () => number): Promise<IdsByRepository> {
  const emitted: IdsByRepository = {};
  const telemetry = createTelemetry({ clusterId: "prod" });
  telemetry.subscribe(sink);
  telemetry.subscribe({ name: "record", handle: ({ repoName, id }) => append(emitted, repoName, id) });
  for (let sent = 0; sent < count; ) {
    while (sink.stats().pending > 2000) await new Promise((resolve) => setTimeout(resolve, 1));
    for (let burst = Math.min(count - sent, Math.ceil(random() * 50)); burst > 0; burst--, sent++) {
      const repoName = `app-${Math.floor(random() * 20)}`;
      telemetry.emit("sync_completed", { repoName, namespace: "team", trigger: "poll", durationMs: sent });
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return emitted;
}

/** What a consumer gets that drops duplicates by id. */
export function idsByRepository(
  events: Iterable<{ readonly repository: string; readonly id: string }>,
): IdsByRepository {
  const ids: IdsByRepository = {};
  const seen = new Set<string>();
  for (const { repository, id } of events) {
    if (!seen.has(id)) append(ids, repository, id);
    seen.add(id);
  }
  return ids;
}

function append(ids: IdsByRepository, repository: string, id: string): void {
  const list = ids[repository] ?? [];
  list.push(id);
  ids[repository] = list;
}
