import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeMessage, type Outbox } from "@alumiini/delivery";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileOutbox } from "../src/index.js";

const PROGRAM = new URL("../dist/cli.js", import.meta.url).pathname;
const ACCEPTED_AT = Date.UTC(2026, 0, 2, 3, 4, 5);

let directory: string;
let outbox: Outbox;
const sequences: number[] = [];

/** Runs the program as it is built. */
function cli(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [PROGRAM, ...args], (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

function message(id: string, body: Uint8Array) {
  return { id, key: "shop", destination: "events.shop", headers: { "content-type": "application/json" }, body };
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "outbox-cli-"));
  outbox = fileOutbox({ directory, lockTimeoutMs: 0 });
  await outbox.open({ onFailure: () => {} });
  sequences.length = 0;
  for (const id of ["a", "b", "c"]) {
    const sequence = outbox.append(encodeMessage(message(id, Buffer.from(`{"id":"${id}"}`)), ACCEPTED_AT));
    if (typeof sequence === "number") sequences.push(sequence);
  }
  outbox.append(encodeMessage(message("binary", Uint8Array.of(0xff, 0)), ACCEPTED_AT));
  outbox.append(Buffer.from("no message"));
  outbox.keepDeadLetter?.({
    payload: encodeMessage(message("dead", Buffer.from("{}")), ACCEPTED_AT),
    reason: "rejected",
    error: "HTTP 400",
    time: ACCEPTED_AT,
  });
  outbox.acknowledge(sequences.slice(0, 1));
  await outbox.flush();
});

afterEach(async () => {
  await outbox.close();
  await rm(directory, { recursive: true, force: true });
});

function linesOf(stdout: string): unknown[] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

const about = { key: "shop", destination: "events.shop", headers: { "content-type": "application/json" } };
const acceptedAt = "2026-01-02T03:04:05.000Z";
const PENDING = [
  { kind: "pending", sequence: 2, id: "b", ...about, acceptedAt, body: '{"id":"b"}' },
  { kind: "pending", sequence: 3, id: "c", ...about, acceptedAt, body: '{"id":"c"}' },
  { kind: "pending", sequence: 4, id: "binary", ...about, acceptedAt, bodyBase64: "/wA=" },
  { kind: "pending", sequence: 5, recordBase64: Buffer.from("no message").toString("base64") },
];
const DEAD = [
  { kind: "dead_letter", reason: "rejected", error: "HTTP 400", time: acceptedAt, id: "dead", ...about, body: "{}" },
];

describe("the program, as built", () => {
  it("says what it does", async () => {
    const { code, stdout } = await cli("--help");
    expect(code).toBe(0);
    expect(stdout).toContain("Usage: npx @alumiini/outbox <command> <directory> [options]");
  });

  it.each(["in use", "closed"])("inspects a directory that is %s", async (state) => {
    if (state === "closed") await outbox.close();
    const { code, stdout } = await cli("inspect", directory, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      directory,
      inUse: state === "in use",
      pending: 4,
      corrupt: 0,
      lost: 0,
      oldestPendingMs: expect.closeTo(Date.now() - ACCEPTED_AT, -6),
      deadLetters: { rejected: 1 },
    });
    const text = (await cli("inspect", directory)).stdout;
    expect(text).toContain("undelivered   4 messages\n");
    expect(text).toContain("dead letters  1 (1 rejected)\n");
  });

  it.each(["in use", "closed"])("exports a directory that is %s, a JSON object a line", async (state) => {
    if (state === "closed") await outbox.close();
    expect(linesOf((await cli("export", directory)).stdout)).toEqual([...PENDING, ...DEAD]);
    expect(linesOf((await cli("export", directory, "--dead-letters")).stdout)).toEqual(DEAD);
    expect(linesOf((await cli("export", directory, "--pending")).stdout)).toEqual(PENDING);
  });

  it("reads a directory that it may not write", async () => {
    await outbox.close();
    await chmod(directory, 0o500);
    expect((await cli("export", directory)).code).toBe(0);
    await chmod(directory, 0o700);
  });

  it("deletes nothing that is in use, and what it is asked for otherwise", async () => {
    const refused = await cli("discard", directory, "--pending");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("in use by another process");
    expect((await cli("discard", directory, "--dead-letters")).code).toBe(1);
    await outbox.close();
    expect((await cli("discard", directory)).code).toBe(2);

    expect((await cli("discard", directory, "--pending")).stdout).toBe("4 undelivered messages deleted\n");
    expect(linesOf((await cli("export", directory)).stdout)).toEqual(DEAD);
    expect((await cli("discard", directory, "--dead-letters")).stdout).toBe("1 dead letters deleted\n");
    expect((await cli("export", directory)).stdout).toBe("");

    outbox = fileOutbox({ directory });
    await outbox.open({ onFailure: () => {} });
    expect(outbox.stats()).toMatchObject({ pending: 0, deadLetters: 0, lost: 0, corrupt: 0 });
    expect(outbox.append(Buffer.from("next"))).toBeGreaterThan(5);
  });

  it.each([
    [["inspect", "/nowhere/at/all"], 1, "There is no outbox in /nowhere/at/all"],
    [["inspekt", "/tmp"], 2, "name one command: inspect, export, discard"],
    [["inspect"], 2, "inspect takes one directory"],
    [["inspect", "/tmp", "--jsn"], 2, "Unknown option"],
    [[], 2, "name one command"],
  ])("refuses %j", async (args, code, problem) => {
    const result = await cli(...args);
    expect(result).toMatchObject({ code, stdout: "" });
    expect(result.stderr).toContain(problem);
  });
});
