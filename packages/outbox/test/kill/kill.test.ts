import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FsyncMode } from "../../src/options.js";
import { randomFrom } from "../random.js";
import { bundleChild } from "./bundle.js";
import { Expectations } from "./expectations.js";
import { RunningChild } from "./running-child.js";

const NODES = {
  "Node 20": join(dirname(createRequire(import.meta.url).resolve("node-20/package.json")), "bin/node"),
  "this Node": process.execPath,
};

/** `CHAOS=1` makes it long; `SEED` repeats a run. */
const KILLS = process.env["CHAOS"] === "1" ? 300 : 6;
const SEED = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 32));

let child: Awaited<ReturnType<typeof bundleChild>>;

beforeAll(async () => {
  child = await bundleChild();
});

afterAll(() => child.remove());

function start(node: string, directory: string, session: number, fsync: FsyncMode, lockTimeoutMs = 0): RunningChild {
  return new RunningChild(node, child.program, { directory, session, fsync, lockTimeoutMs });
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.each(Object.entries(NODES))("on %s", (_, node) => {
  it.each<FsyncMode>(["always", "interval", "never"])(
    `${KILLS} times kill -9 at random, fsync %s, seed ${SEED}: what was flushed is there`,
    async (fsync) => {
      const random = randomFrom(SEED);
      const directory = await mkdtemp(join(tmpdir(), "outbox-kill-"));
      const expectations = new Expectations();
      try {
        for (let session = 1; session <= KILLS; session++) {
          const running = start(node, directory, session, fsync);
          // One in five doesn't get as far as to its first promise.
          if (random() < 0.8) await running.says("safe");
          await wait(random() * 60);
          expectations.take(session, await running.kill());
        }
        const last = start(node, directory, KILLS + 1, fsync);
        await last.says("gone");
        expectations.take(KILLS + 1, await last.kill());
        expect(expectations.kept).toBeGreaterThan(0);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
    60_000 + KILLS * 2000,
  );
});

describe("two processes", () => {
  it("can't share a directory; one that waits takes over when the other is killed", async () => {
    const directory = await mkdtemp(join(tmpdir(), "outbox-two-"));
    try {
      const first = start(process.execPath, directory, 1, "never");
      await first.says("gone");
      const refused = start(process.execPath, directory, 2, "never");
      expect(await refused.fails()).toContain(`${directory} is in use by another process`);
      const waiting = start(process.execPath, directory, 3, "never", 30_000);
      await first.kill();
      await waiting.says("gone");
      await waiting.kill();
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
