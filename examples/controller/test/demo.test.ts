import { readdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { until } from "@alumiini-internal/test-support/until";
import { describe, expect, it } from "vitest";
import { runCommand } from "../src/cli/command.js";
import { LocalRemote } from "../src/demo/local-remote.js";
import { SCENARIO } from "../src/demo/scenario.js";
import { events, start, untilProgram } from "./program.js";
import { configMapYaml, isAlive, RUNNING, temporaryDirectory } from "./support.js";

/** A repository as they come: other directories, another branch, and all that is no manifest. */
const UNFAMILIAR_FILES: Record<string, string> = {
  "README.md": "# Something else\n",
  ".github/workflows/ci.yml": "on: push\njobs: {}\n",
  "docker-compose.yml": "services: { db: { image: postgres } }\n",
  "k8s/overlays/prod/kustomization.yaml":
    "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../../base]\n",
  "k8s/base/app.yml": `${configMapYaml("app")}---\n${configMapYaml("other")}`,
  "k8s/base/list.json": JSON.stringify({
    apiVersion: "v1",
    kind: "List",
    items: [{ apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "prod" } }],
  }),
  "k8s/overlays/prod/app.yml": configMapYaml("app", "prod"),
  "k8s/job.yaml": "apiVersion: batch/v1\nkind: Job\nmetadata: { generateName: once- }\nspec: {}\n",
  "k8s/broken.yaml": "apiVersion: v1\nkind: ConfigMap\n  metadata: [\n",
  "k8s/misnamed.yaml": configMapYaml("Not_A_Name"),
  "chart/Chart.yaml": "apiVersion: v2\nname: chart\nversion: 1.0.0\n",
  "chart/values.yaml": "replicas: 1\n",
  "chart/templates/deployment.yaml":
    "{{- if .Values.on }}\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\n{{- end }}\n",
  "templates/jinja.yaml": "{% if x %}\napiVersion: v1\nkind: ConfigMap\n{% endif %}\n",
};

async function run(args: readonly string[]) {
  const temporary = await temporaryDirectory();
  const program = start("demo", args, { TMPDIR: temporary });
  return { program, temporary, ending: await program.ended };
}

/** Steps by their marks, as the demo prints them. */
function marks(stdout: string): string[] {
  return stdout.split("\n").flatMap((line) => /^ {2}([✔✘] .*)$/.exec(line)?.[1] ?? []);
}

/** A whole scenario runs many processes. */
const PATIENCE_MS = 240_000;

describe("demo", { timeout: PATIENCE_MS }, () => {
  it("runs every step on the sample and cleans up", async () => {
    const { program, temporary, ending } = await run(["--", "--once"]);
    expect(program.stderr()).toBe("");
    expect(ending).toEqual({ code: 0, signal: null });
    expect(marks(program.stdout())).toEqual(SCENARIO.map(({ title }) => `✔ shop: ${title}`));
    for (const type of ["drift_corrected", "apply_failed", "git_cloned", "worker_stopped", "webhook_received"]) {
      expect(program.stdout()).toMatch(new RegExp(`^ {2}${type} +\\d+$`, "m"));
    }
    expect(program.stdout()).toMatch(/manual failure +2\n/);
    expect(program.stdout()).toMatch(/metrics {2}http:\/\/127\.0\.0\.1:\d+\/metrics\n/);
    expect(program.stdout()).toMatch(
      /\[\d\d:\d\d:\d\d\.\d{3}\] INFO: Sync of shop completed in [\d.]+ m?s: 4 resources/,
    );
    const [, emitted, logged] = /Closed: (\d+) events emitted, (\d+) of them in the log/.exec(program.stdout()) ?? [];
    expect(Number(emitted)).toBeGreaterThan(50);
    expect(logged).toBe(emitted);
    expect(await readdir(temporary)).toEqual([]);
  });

  it("runs on repositories that it has never seen, and only reads them", async () => {
    const directory = await temporaryDirectory();
    const unfamiliar = join(directory, "unfamiliar.git");
    const remote = await LocalRemote.create(unfamiliar, UNFAMILIAR_FILES, RUNNING);
    const git = (...args: string[]) => runCommand("git", [`--git-dir=${unfamiliar}`, ...args], { timeoutMs: 100_000 });
    await git("branch", "--move", "main", "release/trunk");
    const before = await snapshot(unfamiliar);
    const empty = await LocalRemote.create(join(directory, "empty.git"), { "docs/README.md": "# Nothing\n" }, RUNNING);

    const repositories = ["--repo", unfamiliar, "--repo", empty.url, "--branch", "main", "--path", "docs"];
    const { program, temporary, ending } = await run(["--once", ...repositories]);
    expect(program.stderr()).toBe("");
    expect(ending).toEqual({ code: 0, signal: null });
    expect(marks(program.stdout())).toEqual(
      ["unfamiliar", "empty"].flatMap((name) => SCENARIO.map(({ title }) => `✔ ${name}: ${title}`)),
    );
    // app (the overlay's), other and the Secret of the list; what is broken is left out by name.
    expect(program.stdout()).toMatch(/Sync of unfamiliar completed in .*: 3 resources applied .*\(startup\)/);
    expect(program.stdout()).toMatch(/Sync of empty completed in .*: 0 resources applied .*\(startup\)/);
    expect(program.stdout()).toMatch(/WARN: Left out of the mirror: k8s\/broken\.yaml: /);
    expect(program.stdout()).toMatch(/WARN: Left out of the mirror: k8s\/misnamed\.yaml: /);
    expect(program.stdout().match(/Left out/g)).toHaveLength(2);
    expect(await snapshot(unfamiliar)).toEqual(before);
    expect(await readdir(temporary)).toEqual([]);
    expect(remote.url).toBe(unfamiliar);
  });

  it.each([
    ["a remote that is not there", ["--repo", "/nowhere.git"], 1, /^demo: git clone of \/nowhere\.git failed: /],
    ["an unknown option", ["--frob"], 2, /^demo: Unknown option '--frob' \(see --help\)\n$/],
  ])("says what is wrong with %s", async (_case, args, code, message) => {
    const { program, temporary, ending } = await run(["--once", ...args]);
    expect(ending).toEqual({ code, signal: null });
    expect(program.stderr()).toMatch(message);
    expect(await readdir(temporary)).toEqual([]);
  });

  it("exits with 1 and points at the step that did not go as it must", async () => {
    const temporary = await temporaryDirectory();
    // The second step is the first to add a commit with a parent.
    const env = await gitThat('commit-tree*-p*) echo "no commits today" >&2; exit 1;;');
    const program = start("demo", ["--once"], { ...env, TMPDIR: temporary });
    expect(await program.ended).toEqual({ code: 1, signal: null });
    const [first, second] = SCENARIO.map(({ title }) => title);
    expect(marks(program.stdout())).toEqual([`✔ shop: ${first}`, `✘ shop: ${second}`]);
    expect(program.stdout()).toContain("no commits today");
    expect(program.stderr()).toMatch(/^demo: a step did not see the events that it must/);
    expect(await readdir(temporary)).toEqual([]);
  });

  it("serves until Ctrl-C", async () => {
    const temporary = await temporaryDirectory();
    const program = start("demo", [], { TMPDIR: temporary });
    await untilProgram(program, () => program.stdout().includes("Ctrl-C to stop"), PATIENCE_MS);
    const url = /metrics {2}(http:\S+)/.exec(program.stdout())?.[1] ?? "";
    expect(await (await fetch(url)).text()).toContain("alumiini_syncs_total{");
    program.child.kill("SIGINT");
    expect(await program.ended).toEqual({ code: null, signal: "SIGINT" });
    expect(await readdir(temporary)).toEqual([]);
    await expect(fetch(url)).rejects.toThrow("fetch failed");
  });

  describe("at Ctrl-C in the middle of a clone", () => {
    /** Starts the demo and interrupts it once a clone hangs, with a helper of its own, as real transports have. */
    async function interrupt(args: readonly string[]) {
      const temporary = await temporaryDirectory();
      const pids = join(await temporaryDirectory(), "pids");
      const env = await gitThat(`clone*) echo $$ >> "${pids}"; sleep 600 & echo $! >> "${pids}"; wait;;`);
      const program = start("demo", ["--json", ...args], { ...env, TMPDIR: temporary });
      const children = await until(async () => {
        const lines = (await readFile(pids, "utf8").catch(() => "")).trim().split("\n");
        return lines.length === 2 ? lines.map(Number) : undefined;
      });
      expect(children.every(isAlive)).toBe(true);
      program.child.kill("SIGINT");
      expect(await program.ended).toEqual({ code: null, signal: "SIGINT" });
      await until(() => !children.some(isAlive));
      expect(await readdir(temporary)).toEqual([]);
      const accounts = { accepted: events(program).length, delivered: events(program).length };
      expect(program.log().at(-1)).toMatchObject(accounts);
      return events(program).map((event) => event["alumiini.event.type"]);
    }

    it("leaves nothing running and loses no event of the controller", async () => {
      const types = await interrupt([]);
      // The clone that was cut short is told of, and so is all that ended with it.
      expect(types).toEqual(["worker_started", "sync_started", "git_cloned", "sync_failed", "worker_stopped"]);
    });

    it("leaves nothing running of the mirroring before it", async () => {
      const { url } = await LocalRemote.create(join(await temporaryDirectory(), "a.git"), { a: "" }, RUNNING);
      expect(await interrupt(["--repo", url])).toEqual([]);
    });
  });
});

/** Puts a git on the PATH that differs from the real one in some commands: those that the shell's `case` arm matches. */
async function gitThat(arm: string): Promise<NodeJS.ProcessEnv> {
  const bin = await temporaryDirectory();
  const script = `#!/bin/sh\ncase "$*" in *${arm} esac\nPATH="$REAL_PATH" exec git "$@"\n`;
  await writeFile(join(bin, "git"), script, { mode: 0o755 });
  const path = process.env["PATH"] ?? "";
  return { REAL_PATH: path, PATH: `${bin}${delimiter}${path}` };
}

/** All refs and the number of objects: what a write would change. */
async function snapshot(directory: string): Promise<string[]> {
  const git = (...args: string[]) => runCommand("git", [`--git-dir=${directory}`, ...args], { timeoutMs: 100_000 });
  const [refs, objects] = [await git("for-each-ref"), await git("count-objects", "-v")];
  return [refs.stdout.toString(), objects.stdout.toString()];
}
