import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { FsyncMode } from "../../src/options.js";
import { randomFrom } from "../random.js";
import { Expectations } from "./expectations.js";
import { RunningChild } from "./running-child.js";

export const NODES = {
  "Node 20": join(dirname(createRequire(import.meta.url).resolve("node-20/package.json")), "bin/node"),
  "this Node": process.execPath,
};

/** `SEED` repeats a run, as far as processes can be repeated. */
export const SEED = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 32));

/** Longer than one process takes on a busy machine. */
export const MS_PER_KILL = 3000;

/** Kills process after process with `kill -9`; answers how many promises were found kept. */
export async function killAtRandom(node: string, program: string, fsync: FsyncMode, kills: number): Promise<number> {
  const random = randomFrom(SEED);
  const directory = await mkdtemp(join(tmpdir(), "outbox-kill-"));
  const expectations = new Expectations();
  const start = (session: number) => new RunningChild(node, program, { directory, session, fsync, lockTimeoutMs: 0 });
  try {
    for (let session = 1; session <= kills; session++) {
      const running = start(session);
      // One in five doesn't get as far as to its first promise.
      if (random() < 0.8) await running.says("safe");
      await wait(random() * 60);
      expectations.take(session, await running.kill());
    }
    const last = start(kills + 1);
    await last.says("gone");
    expectations.take(kills + 1, await last.kill());
    return expectations.kept;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
