import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { parseOccurrence } from "../src/index.js";

it("the README's first program runs as printed, and what it writes can be read", async (context) => {
  const readme = await readFile(join(import.meta.dirname, "../README.md"), "utf8");
  const [, program = ""] = /^```ts\n([\s\S]*?)^```$/m.exec(readme) ?? [];
  // Below this package, whose own name and dependencies it then finds as a user's project would.
  const directory = await mkdtemp(join(import.meta.dirname, "quickstart-"));
  const work = await mkdtemp(join(tmpdir(), "quickstart-"));
  context.onTestFinished(async () => {
    await rm(directory, { recursive: true });
    await rm(work, { recursive: true });
  });
  await writeFile(join(directory, "quickstart.mjs"), program);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(directory, "quickstart.mjs")], {
    cwd: work,
  });
  expect(stdout + stderr).toBe("");

  const [name = "", ...others] = await readdir(join(work, ".tapio/occurrences"));
  expect(others).toEqual([]);
  const result = parseOccurrence(await readFile(join(work, ".tapio/occurrences", name), "utf8"));
  expect(result).toMatchObject({
    ok: true,
    event: {
      type: "gitops.sync.failed",
      outcome: "timeout",
      clusterId: "prod-us-east",
      error: { code: "git_timeout", message: "no answer from git.example.com" },
      connection: { host: "git.example.com", port: 443 },
    },
  });
  if (result.ok) expect(name).toBe(`${result.event.id}.json`);
});
