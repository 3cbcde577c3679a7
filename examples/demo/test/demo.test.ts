import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@alumiini-internal/test-support/ports";
import { until } from "@alumiini-internal/test-support/until";
import { expect, it, onTestFinished } from "vitest";
import { parseDemoOptions, UsageError } from "../src/options.ts";
import { freePort as preferredPort } from "../src/programs.ts";

const MAIN = join(import.meta.dirname, "../src/main.ts");

interface Running {
  readonly child: ChildProcess;
  readonly said: { out: string; err: string };
  readonly ended: Promise<number | null>;
  /** What it has left behind in the directory for temporary files. */
  readonly left: () => Promise<string[]>;
}

async function start(...args: string[]): Promise<Running> {
  const temporary = await mkdtemp(join(tmpdir(), "demo-test-"));
  const said = { out: "", err: "" };
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
  const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  onTestFinished(async () => {
    if (child.exitCode === null) child.kill("SIGTERM");
    await ended;
    await rm(temporary, { recursive: true, force: true });
  });
  return { child, said, ended, left: () => readdir(temporary) };
}

it("--once prints what is wrong, what was correlated and why, DORA and budgets, and ends with 0", async () => {
  const { said, ended, left } = await start("--once");
  expect([await ended, said.err]).toEqual([0, ""]);
  expect(said.out).toContain("13 of 14 taken, 1 refused");
  expect(said.out).toContain("2 of 19 repositories are failing.");
  // Four of the incident, one of Argo CD, four of the controller's scenario.
  expect(said.out).toContain("9 of 9 syncs shown, 9 failed");
  expect(said.out).toMatch(/rollout\.rolledback.*●●●● Exact .*rollout shop\/checkout/);
  expect(said.out).toMatch(/kernel\.container\.oom_kill.*●●○○ Likely .*pod\/shop\/checkout-\S+ belongs to/);
  expect(said.out).toMatch(/kernel\.network\.connection_refused.*●○○○ Nearby .*same cluster/);
  expect(said.out).toMatch(/\d+ syncs that changed nothing are left out; --all shows them/);
  expect(said.out).toMatch(/fail-rate +9\.8 % +1,210 of 1,211 deployments/);
  expect(said.out).toMatch(/lead-time +14 h 59 min .*811 of 1,092 deployments/);
  expect(said.out).toMatch(/syncSuccess +✓ Holds +99\.4 %/);
  expect(said.out).toMatch(/applyLatency +✖ Spent/);
  expect(await left()).toEqual([]);
});

it("serves the page until Ctrl-C, then leaves nothing behind", async () => {
  const { child, said, ended, left } = await start("--port", "0");
  await until(() => said.out.includes("Ctrl-C to stop") || child.exitCode !== null);
  const url = /The page: +(\S+)/.exec(said.out)?.[1] ?? "";
  expect(await (await fetch(url)).text()).toContain("<title>");
  expect(await (await fetch(`${url}v1/fleet`)).json()).toMatchObject({ total: 19 });
  child.kill("SIGINT");
  expect([await ended, said.err]).toEqual([0, ""]);
  await expect(fetch(url)).rejects.toThrow("fetch failed");
  expect(await left()).toEqual([]);
});

it("ends cleanly when it is interrupted in the middle", async () => {
  const { child, said, ended, left } = await start();
  await until(() => said.out.includes("alumiini serve … "));
  child.kill("SIGINT");
  expect(await ended).toBe(0);
  expect(await left()).toEqual([]);
});

it("takes any free port where its own is taken", async () => {
  const port = await freePort();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
  expect(await preferredPort(port)).toBe(0);
  await new Promise((resolve) => other.close(resolve));
  expect(await preferredPort(port)).toBe(port);
});

it.each([
  [["--frob"], /--frob/],
  [["--port", "x"], /--port must be a number/],
  [["--nats", "nats://127.0.0.1:4222"], /demo:controller/],
  [["--repo=x"], /demo:controller/],
])("says what is wrong with %s", (args, message) => {
  expect(() => parseDemoOptions(args)).toThrow(UsageError);
  expect(() => parseDemoOptions(args)).toThrow(message);
});
