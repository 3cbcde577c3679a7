import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { SEED, seeded } from "@alumiini-internal/test-support/seeded";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FsyncMode } from "../../src/options.js";
import { bundleChild } from "./bundle.js";
import { Expectations } from "./expectations.js";
import { RunningChild } from "./running-child.js";

const NODES = {
  "Node 20": join(dirname(createRequire(import.meta.url).resolve("node-20/package.json")), "bin/node"),
  "this Node": process.execPath,
};

/** Longer than one process takes on a busy machine. */
const MS_PER_KILL = 15_000;

/** The tests that kill so many processes each; returns where the program is that they run, within tests. */
export function describeKills(kills: number): () => string {
  let child: Awaited<ReturnType<typeof bundleChild>> | undefined;
  const program = () => child?.program ?? "";
  beforeAll(async () => {
    child = await bundleChild();
  });
  afterAll(() => child?.remove());

  describe.each(Object.entries(NODES))("killed -9 at random on %s", (_, node) => {
    it.each<FsyncMode>(["always", "interval", "never"])(
      `${kills} times with fsync %s (seed ${SEED}), it has what was flushed`,
      async (fsync) => {
        expect(await killAtRandom(node, program(), fsync, kills)).toBeGreaterThan(0);
      },
      kills * MS_PER_KILL + 30_000,
    );
  });
  return program;
}

/** Kills process after process with `kill -9`; returns how many promises were found kept. */
async function killAtRandom(node: string, program: string, fsync: FsyncMode, kills: number): Promise<number> {
  const random = seeded(SEED);
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
