import { setTimeout as wait } from "node:timers/promises";
import { cdevents } from "@alumiini/cdevents";
import { parseWire } from "@alumiini/core";
import { MINUTE, type Place, SECOND, Wire } from "./wire.ts";

const EVERY_MS = 10 * MINUTE;

/**
 * Sends a sync without change of each repository every ten minutes, as CDEvents: one that nothing is heard of for an
 * hour is stale. Resolves when the signal aborts.
 */
export async function keepGoing(
  server: string,
  running: ReadonlyMap<Place, string>,
  signal: AbortSignal,
): Promise<void> {
  const wire = new Wire(9_000_000);
  const encode = cdevents({ profile: "0.5.1" });
  while (!signal.aborted) {
    await wait(EVERY_MS, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    for (const [place, revision] of running) {
      for (const value of wire.heartbeat(place, Date.now() - 2 * SECOND, revision, SECOND)) {
        const parsed = parseWire(value);
        if (!parsed.ok) throw new Error(parsed.error.message);
        for (const { data } of encode(parsed.event)) await post(`${server}/cdevents`, JSON.stringify(data));
      }
    }
  }
}

async function post(url: string, body: string): Promise<void> {
  const headers = { "content-type": "application/json" };
  // The page shows what was not taken.
  await fetch(url, { method: "POST", headers, body }).then(
    (response) => response.arrayBuffer(),
    () => {},
  );
}
