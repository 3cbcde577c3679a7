import { execFile } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ROOT } from "../src/workspace.ts";

/** Stands in for `npx -y pnpm@12 <script>`: prints and exits as the variable named after the script says. */
const NPX = `#!/bin/sh
eval "$(printenv "fake_$(echo "$3" | tr : _)")"
`;

describe(".ci/run", () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "ci-run-"));
    await cp(join(ROOT, ".ci"), join(directory, ".ci"), { recursive: true });
    await mkdir(join(directory, "bin"));
    // With all of these at hand there is nothing to provision.
    const programs = [
      "git",
      "prometheus",
      "promtool",
      "chromium",
      "nats-server",
      "zsh",
      "fish",
      "initdb",
      "java",
      "mvn",
    ];
    for (const name of programs) await program(name, "#!/bin/sh\n");
    await program("npx", NPX);
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function program(name: string, text: string): Promise<void> {
    await writeFile(join(directory, "bin", name), text);
    await chmod(join(directory, "bin", name), 0o755);
  }

  function run(scripts: Record<string, string>): Promise<{ code: number; output: string; last: string | undefined }> {
    const fakes = Object.entries(scripts).map(([script, command]) => [`fake_${script.replace(":", "_")}`, command]);
    const path = [join(directory, "bin"), process.env["PATH"]].join(delimiter);
    const environment = { ...process.env, ...Object.fromEntries(fakes), PATH: path };
    return new Promise((resolve) => {
      execFile("bash", [join(directory, ".ci/run")], { env: environment }, (error, stdout) => {
        const last = stdout.trimEnd().split("\n").at(-1);
        resolve({ code: error === null ? 0 : Number(error.code), output: stdout, last });
      });
    });
  }

  it("adds the tests and the stages up in the one line that closes it", async () => {
    const { code, output, last } = await run({
      test: "echo '40 passed, 0 failed'",
      "check:packages": "echo '2 passed, 0 failed'",
    });
    // 42 tests, and the stages provision, install, slow tests, lint, typecheck, build and two checks.
    expect(last).toBe("50 passed, 0 failed");
    expect(output.match(/^\d+ passed, \d+ failed$/gm)).toHaveLength(1);
    expect(code).toBe(0);
  });

  it("runs every stage after one has failed", async () => {
    const { code, output, last } = await run({
      install: "exit 3",
      lint: "echo bad; exit 1",
      "check:changesets": "echo reached",
    });
    expect(output).toContain("install: FAILED (exit code 3)");
    expect(output).toContain("  reached\n");
    expect(last).toBe("8 passed, 2 failed");
    expect(code).toBe(1);
  });

  it("counts failing tests, and a stage that fails without one", async () => {
    const failing = "echo '5 passed, 2 failed'; exit 1";
    const crashing = "echo '3 passed, 0 failed'; exit 1";
    expect((await run({ test: failing, "check:packages": crashing })).last).toBe("16 passed, 3 failed");
  });

  it("runs the stages as in CI, with nothing to read from", async () => {
    const { output } = await run({ test: 'echo "CI is $CI"; cat; echo "end of input"' });
    expect(output).toContain("  CI is true\n  end of input\n");
  });
});
