import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeliveryOptions } from "@alumiini/delivery";
import { onTestFinished } from "vitest";
import { type OccurrenceDirectoryOptions, occurrenceDirectory } from "../../src/node/index.js";
import { eventOf } from "./events.js";

export async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "occurrences-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return join(directory, "occurrences");
}

/** The names of the occurrences, as TAPIO's command line sorts them. */
export async function list(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  return names.filter((name) => name.endsWith(".json")).sort();
}

export const event = (id: string) => ({
  ...eventOf("sync_started", { repoName: "web", namespace: "shop", trigger: "poll" }),
  id,
});
export const SOON: DeliveryOptions = { lingerMs: 0, retry: { initialDelayMs: 1, maxDelayMs: 5 }, onFailure: () => {} };

/** Writes events and closes. */
export async function write(ids: readonly string[], options: OccurrenceDirectoryOptions): Promise<void> {
  const sink = occurrenceDirectory({ ...SOON, ...options });
  for (const id of ids) sink.handle(event(id));
  await sink.flush();
  await sink.close();
}
