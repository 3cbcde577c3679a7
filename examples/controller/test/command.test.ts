import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { until } from "@alumiini-internal/test-support/until";
import { describe, expect, it } from "vitest";
import { runCommand } from "../src/cli/command.js";
import { isAlive, temporaryDirectory } from "./support.js";

const node = process.execPath;

describe("runCommand", () => {
  it("answers what the program printed and its exit code", async () => {
    const script = "process.stdin.pipe(process.stdout); console.error('warned'); process.exitCode = 3";
    const result = await runCommand(node, ["-e", script], { timeoutMs: 100_000, input: "given" });
    expect(result).toMatchObject({ exitCode: 3, stderr: "warned\n" });
    expect(result.stdout.toString()).toBe("given");
  });

  it("passes arguments on as they are, without a shell", async () => {
    const result = await runCommand(node, ["-p", "process.argv[1]", "--", "$(id); `id` & 'x"], { timeoutMs: 100_000 });
    expect(result.stdout.toString()).toBe("$(id); `id` & 'x\n");
  });

  it("says that a program is missing", async () => {
    const running = runCommand("no-such-program-anywhere", [], { timeoutMs: 1000 });
    await expect(running).rejects.toMatchObject({ reason: "missing", message: expect.stringContaining("PATH") });
  });

  it("survives a program that does not read its input", async () => {
    const input = "x".repeat(4 * 1024 * 1024);
    const result = await runCommand(node, ["-e", "process.exit(7)"], { timeoutMs: 100_000, input });
    expect(result.exitCode).toBe(7);
  });

  it("ends a program that prints too much", async () => {
    const script = "setInterval(() => process.stdout.write('x'.repeat(100000)), 1)";
    const running = runCommand(node, ["-e", script], { timeoutMs: 100_000, maxOutputBytes: 1_000_000 });
    await expect(running).rejects.toMatchObject({ reason: "too_much_output" });
  });

  it("keeps only the end of a long standard error", async () => {
    const script = "process.stderr.write('a'.repeat(100000) + 'end')";
    const { stderr } = await runCommand(node, ["-e", script], { timeoutMs: 100_000 });
    expect(stderr.length).toBeLessThan(20_000);
    expect(stderr).toMatch(/aend$/);
  });

  it("does not start anything once the signal has aborted", async () => {
    const running = runCommand(node, ["-e", ""], { timeoutMs: 1000, signal: AbortSignal.abort() });
    await expect(running).rejects.toMatchObject({ reason: "aborted" });
  });

  it.each(["abort", "timeout"] as const)("on %s ends the program and the helpers that it started", async (how) => {
    const pidFile = join(await temporaryDirectory(), "pid");
    // The helper ignores SIGTERM and keeps the pipes open. It is a shell, as a shell is soon there.
    const script = `sh -c 'trap "" TERM; echo $$ >"$0"; while :; do sleep 1; done' "$0" & wait`;
    const abort = new AbortController();
    const running = runCommand("sh", ["-c", script, pidFile], {
      timeoutMs: how === "timeout" ? 3000 : 100_000,
      signal: abort.signal,
    });
    const failed = expect(running).rejects.toMatchObject({ reason: how === "abort" ? "aborted" : "timeout" });
    const pid = Number(await until(async () => (await readFile(pidFile, "utf8").catch(() => "")) || undefined));
    if (how === "abort") abort.abort();
    await failed;
    await until(() => !isAlive(pid));
  });
});
