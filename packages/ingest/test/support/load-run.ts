import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { bundleChild, RunningChild } from "../kill/running-child.js";
import { type LoadResult, load } from "./load.js";

/** Loads a process of its own, and holds what it counted and stored against what was sent. */
export async function expectNothingLost(perSecond: number, seconds: number): Promise<LoadResult> {
  const child = await bundleChild();
  const directory = await mkdtemp(join(tmpdir(), "ingest-load-"));
  const file = join(directory, "events");
  try {
    const running = await RunningChild.start(child.program, file, ["/flux=flux=secret"]);
    const result = await load(`${running.base}/flux`, "secret", perSecond, seconds);
    const total = perSecond * seconds;
    expect(result.statuses).toEqual({ 200: total });
    expect(await running.stop()).toMatchObject({ received: total, accepted: total, rejected: {}, inProgress: 0 });
    const ids = (await readFile(file, "utf8"))
      .split("\n")
      .flatMap((line) => /^\{"id":"(\w{26})"/.exec(line)?.[1] ?? []);
    expect([ids.length, new Set(ids).size]).toEqual([total, total]);
    return result;
  } finally {
    await child.remove();
    await rm(directory, { recursive: true, force: true });
  }
}
