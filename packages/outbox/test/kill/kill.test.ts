import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FsyncMode } from "../../src/options.js";
import { bundleChild } from "./bundle.js";
import { killAtRandom, MS_PER_KILL, NODES, SEED } from "./kill-at-random.js";
import { RunningChild } from "./running-child.js";

const KILLS = 6;

let child: Awaited<ReturnType<typeof bundleChild>>;

beforeAll(async () => {
  child = await bundleChild();
});

afterAll(() => child.remove());

describe.each(Object.entries(NODES))("killed -9 at random on %s", (_, node) => {
  it.each<FsyncMode>(["always", "interval", "never"])(
    `${KILLS} times with fsync %s (seed ${SEED}), it has what was flushed`,
    async (fsync) => {
      expect(await killAtRandom(node, child.program, fsync, KILLS)).toBeGreaterThan(0);
    },
    KILLS * MS_PER_KILL + 30_000,
  );
});

describe("two processes", () => {
  it("can't share a directory; one that waits takes over when the other is killed", async () => {
    const directory = await mkdtemp(join(tmpdir(), "outbox-two-"));
    const start = (session: number, lockTimeoutMs: number) =>
      new RunningChild(process.execPath, child.program, { directory, session, fsync: "never", lockTimeoutMs });
    try {
      const first = start(1, 0);
      await first.says("gone");
      expect(await start(2, 0).fails()).toContain(`${directory} is in use by another process`);
      const waiting = start(3, 30_000);
      await first.kill();
      await waiting.says("gone");
      await waiting.kill();
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
