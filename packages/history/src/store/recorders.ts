import { setTimeout as wait } from "node:timers/promises";
import type { Store } from "./store.js";

/** Longer than a process takes to note again that it is recording: every 10 s, or every 20 s while nothing comes. */
const RECORDING_MS = 25_000;
/** Clocks of two machines differ by less. */
const CLOCKS_MS = 300_000;

/** Whether another process records into the same store: it notes again and again until when it did. */
export async function isRecordedElsewhere(store: Pick<Store, "query">): Promise<boolean> {
  const noted = () =>
    store.query({
      sql: "select source, max(ended_at) as until from spans where kind = 'store' and ended_at > $1 group by source",
      parameters: [Date.now() - CLOCKS_MS],
      columns: { source: "text", until: "bigint" },
    });
  // This process has noted nothing of itself yet.
  const before = new Map((await noted()).map(({ source, until }) => [source, until]));
  for (const end = performance.now() + RECORDING_MS; before.size > 0 && performance.now() < end; ) {
    await wait(1000);
    const now = await noted();
    if (now.some(({ source, until }) => until > (before.get(source) ?? until))) return true;
  }
  return false;
}
