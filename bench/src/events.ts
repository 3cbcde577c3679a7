import { type AluminiEvent, createTelemetry } from "@alumiini/core";

/** Completed syncs of 50 repositories, as a controller might emit them one after the other. */
export const SYNCS = Array.from({ length: 50 }, (_, index) => ({
  repoName: `app-${index}`,
  namespace: "team-a",
  trigger: "webhook" as const,
  durationMs: 100 + index * 37,
  resourcesApplied: index,
  commit: "4f2a91c5d8e7b6a39f0c1d2e3f405162738495a6",
  branch: "main",
}));

/** Returns a function that returns the syncs in turn, without end. */
export function syncsInTurn(): () => (typeof SYNCS)[number] {
  let next = 0;
  return () => {
    const sync = SYNCS[next];
    if (sync === undefined) throw new RangeError("no such sync");
    next = next + 1 === SYNCS.length ? 0 : next + 1;
    return sync;
  };
}

/** Events of those syncs, with ids of their own. */
export function makeEvents(count: number): AluminiEvent[] {
  const events: AluminiEvent[] = [];
  const telemetry = createTelemetry({ clusterId: "bench" });
  telemetry.subscribe({ name: "collect", handle: (event) => void events.push(event) });
  const next = syncsInTurn();
  for (let made = 0; made < count; made++) telemetry.emit("sync_completed", next());
  return events;
}
