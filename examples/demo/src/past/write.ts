import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { duckdbStore, openHistory } from "@alumiini/history";
import { type HalfYear, halfYear } from "./half-year.ts";
import { type Incident, incident } from "./incident.ts";

const BATCH = 2_000;

/** What was written. */
export interface Written extends Omit<HalfYear, "events"> {
  readonly incident: Omit<Incident, "events">;
  /** Events that are now in the history. */
  readonly stored: number;
}

/**
 * Writes the made-up past into the history that `alumiini serve --data <directory>` opens. Servers take what happens
 * now; what happened before them is stored through `@alumiini/history`.
 */
export async function writePast(directory: string, now: number): Promise<Written> {
  const { events, ...past } = halfYear(now);
  const { events: today, ...rest } = incident(now, past);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await using history = await openHistory({ store: duckdbStore({ path: join(directory, "history.duckdb") }) });
  let stored = 0;
  const all = [...events, ...today];
  for (let from = 0; from < all.length; from += BATCH) {
    const result = await history.intake([{ value: all.slice(from, from + BATCH), source: "demo", sequence: null }]);
    if (result.refused > 0) throw new Error(`${result.refused} made-up events were refused`);
    stored += result.stored;
  }
  // That one fails from now on.
  const running = new Map(
    [...past.running].filter(([{ cluster, repo }]) => `${cluster}/${repo}` !== "prod-eu/checkout"),
  );
  return { ...past, running, incident: rest, stored };
}
