import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FsyncMode } from "../../src/options.js";
import { bundleChild } from "../kill/bundle.js";
import { killAtRandom, MS_PER_KILL, NODES, SEED } from "../kill/kill-at-random.js";

const KILLS = Number(process.env["CHAOS_KILLS"] ?? 300);

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
