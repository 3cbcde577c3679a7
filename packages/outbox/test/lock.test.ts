import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DirectoryLock, lockDirectory } from "../src/io/lock.js";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "outbox-lock-"));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** Leaves what an owner leaves that is killed: a socket that nobody listens on. */
async function leaveStaleLock(name: string): Promise<void> {
  const script = `
    require("node:net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))`;
  const child = spawn(process.execPath, ["-e", script, join(directory, name)]);
  const [, signal] = await once(child, "exit");
  expect(signal).toBe("SIGKILL");
  expect(await readdir(directory)).toContain(name);
}

describe("lockDirectory", () => {
  it("lets one in at a time", async () => {
    const lock = await lockDirectory(directory, 0);
    await expect(lockDirectory(directory, 0)).rejects.toThrow(`${directory} is in use by another process`);
    await lock.release();
    const next = await lockDirectory(directory, 0);
    await next.release();
    expect(await readdir(directory)).toEqual([]);
  });

  it("waits for the owner to leave", async () => {
    const lock = await lockDirectory(directory, 0);
    const waiting = lockDirectory(directory, 30_000);
    await lock.release();
    await (await waiting).release();
  });

  it("takes over from an owner that was killed, and tidies up after it", async () => {
    await leaveStaleLock("owner-0123456789abcdef.sock");
    await leaveStaleLock("starting-0123456789abcdef.sock");
    const lock = await lockDirectory(directory, 0);
    expect(await readdir(directory)).toHaveLength(1);
    await lock.release();
  });

  it("lets exactly one of many in that come at once, over a stale lock", async () => {
    await leaveStaleLock("owner-0123456789abcdef.sock");
    let holders = 0;
    let most = 0;
    const hold = async () => {
      const lock = await lockDirectory(directory, 30_000);
      most = Math.max(most, ++holders);
      await new Promise((resolve) => setImmediate(resolve));
      holders--;
      await lock.release();
    };
    await Promise.all(Array.from({ length: 8 }, hold));
    expect(most).toBe(1);
    expect(await readdir(directory)).toEqual([]);
  });

  it.runIf(process.platform === "linux")("works in a directory whose path is too long for a socket", async () => {
    const deep = join(directory, "d".repeat(120), "e".repeat(120));
    await mkdir(deep, { recursive: true });
    const locks: DirectoryLock[] = [await lockDirectory(deep, 0)];
    await expect(lockDirectory(deep, 0)).rejects.toThrow("in use");
    for (const lock of locks) await lock.release();
    expect(await readdir(deep)).toEqual([]);
  });

  it("says why where it can't", async () => {
    await expect(lockDirectory(join(directory, "missing"), 0)).rejects.toThrow("Can't lock the outbox directory");
  });
});
