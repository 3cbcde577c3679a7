import { createTelemetry } from "@alumiini/core";
import type { Sink } from "@alumiini/core/delivery";

/** What was emitted: ids in order, by repository. */
export type Emitted = Map<string, string[]>;

/**
 * Emits events of 20 repositories into the sink, as fast as it delivers: never more than 2,000 wait. Answers what was
 * emitted.
 */
export async function emitTraffic(sink: Sink, count: number, random: () => number): Promise<Emitted> {
  const emitted: Emitted = new Map();
  const telemetry = createTelemetry({ clusterId: "prod" });
  telemetry.subscribe({ name: "sink", handle: (event) => sink.handle(event) });
  telemetry.subscribe({
    name: "record",
    handle({ id, repoName }) {
      const ids = emitted.get(repoName) ?? [];
      ids.push(id);
      emitted.set(repoName, ids);
    },
  });
  for (let sent = 0; sent < count; ) {
    if (sink.stats().pending > 2000) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      continue;
    }
    for (let burst = Math.min(count - sent, Math.ceil(random() * 50)); burst > 0; burst--, sent++) {
      const repoName = `app-${Math.floor(random() * 20)}`;
      telemetry.emit("sync_completed", { repoName, namespace: "team", trigger: "poll", durationMs: sent });
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return emitted;
}
