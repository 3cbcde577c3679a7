import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { describeKills } from "./kill-at-random.js";
import { RunningChild } from "./running-child.js";

const program = describeKills(6);

describe("two processes", () => {
  it("can't share a directory; one that waits takes over when the other is killed", async () => {
    const directory = await mkdtemp(join(tmpdir(), "outbox-two-"));
    const start = (session: number, lockTimeoutMs: number) =>
      new RunningChild(process.execPath, program(), { directory, session, fsync: "never", lockTimeoutMs });
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
