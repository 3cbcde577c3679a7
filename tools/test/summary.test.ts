import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../src/workspace.ts";

const FIXTURES = join(ROOT, "tools/test/fixtures/summary");
const VITEST = join(ROOT, "node_modules/vitest/vitest.mjs");

/** Runs one of the fixtures with the repository's vitest and the reporter. */
function run(fixture: string, ci: boolean): Promise<{ code: number; lines: string[] }> {
  const environment = { ...process.env, CI: ci ? "true" : "" };
  const parameters = [VITEST, "run", "--root", FIXTURES, `${fixture}.fixture.ts`];
  return new Promise((resolve) => {
    execFile(process.execPath, parameters, { env: environment }, (error, stdout) => {
      resolve({ code: error === null ? 0 : Number(error.code), lines: stdout.trimEnd().split("\n") });
    });
  });
}

describe("the closing summary of a test run", () => {
  it("names what was skipped and why", async () => {
    const { code, lines } = await run("mixed", false);
    expect(lines.slice(-4)).toEqual([
      "Skipped: 2",
      "  - tools/test/fixtures/summary/mixed.fixture.ts > needs a thing: no thing on PATH",
      "  - tools/test/fixtures/summary/mixed.fixture.ts > later: not written yet (todo)",
      "1 passed, 0 failed, 2 skipped",
    ]);
    expect(code).toBe(0);
  });

  it("names a suite once where one reason kept all of it from running", async () => {
    const { lines } = await run("missing", false);
    expect(lines.slice(-4)).toEqual([
      "Skipped: 3",
      "  - tools/test/fixtures/summary/missing.fixture.ts > what needs a thing (2 tests): no thing on PATH",
      "  - tools/test/fixtures/summary/missing.fixture.ts > needs another: no other on PATH",
      "0 passed, 0 failed, 3 skipped",
    ]);
  });

  it("counts what was skipped as failed in CI", async () => {
    const { code, lines } = await run("mixed", true);
    expect(lines.join("\n")).toContain("needs a thing: no thing on PATH");
    expect(lines.at(-1)).toBe("1 passed, 2 failed");
    expect(code).toBe(1);
  });

  it("names what misses material that only the user can give, and does not count it as failed in CI", async () => {
    const { code, lines } = await run("material", true);
    expect(lines.slice(-3)).toEqual([
      "Skipped: 1",
      "  - tools/test/fixtures/summary/material.fixture.ts > needs material: THING_DIR does not name a directory with things",
      "1 passed, 0 failed",
    ]);
    expect(code).toBe(0);
  });

  it("tells tests that a broken hook kept from running from those that were skipped", async () => {
    const { code, lines } = await run("hook", false);
    expect(lines.slice(-2)).toEqual([
      "  - tools/test/fixtures/summary/hook.fixture.ts (2 tests): its suite failed before it",
      "0 passed, 1 failed, 2 skipped",
    ]);
    expect(code).toBe(1);
  });

  it.each([
    ["a failing test", "failing", "0 passed, 1 failed"],
    ["a file that cannot be loaded", "broken", "0 passed, 1 failed"],
    ["an error that no test caught", "unhandled", "1 passed, 1 failed"],
  ])("counts %s", async (_what, fixture, closing) => {
    const { code, lines } = await run(fixture, false);
    expect(lines.at(-1)).toBe(closing);
    expect(code).toBe(1);
  });
});
