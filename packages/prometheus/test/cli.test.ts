import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { run } from "../src/cli/run.js";

async function cli(...args: string[]) {
  let stdout = "";
  let stderr = "";
  const code = await run(args, {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
  });
  return { code, stdout, stderr };
}

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "alumiini-cli-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

const generated = new URL("../generated/", import.meta.url).pathname;

describe("alumiini-prometheus", () => {
  it("as built, says what it does", async () => {
    const program = new URL("../dist/cli.js", import.meta.url).pathname;
    const { stdout } = await promisify(execFile)(process.execPath, [program, "--help"]);
    expect(stdout).toContain("Usage: npx @alumiini/prometheus <command> [options]");
  });

  it("as built, writes what is committed", async () => {
    const program = new URL("../dist/cli.js", import.meta.url).pathname;
    const { stdout } = await promisify(execFile)(process.execPath, [program, "rules"]);
    expect(stdout).toBe(await readFile(`${generated}rules.yaml`, "utf8"));
    const directory = await temporaryDirectory();
    await promisify(execFile)(process.execPath, [program, "dashboards", "--output", directory]);
    for (const name of await readdir(`${generated}dashboards`)) {
      expect(await readFile(join(directory, name), "utf8")).toBe(
        await readFile(`${generated}dashboards/${name}`, "utf8"),
      );
    }
  });

  it("writes rules with thresholds, labels, matchers and unit of one's own", async () => {
    const directory = await temporaryDirectory();
    const slos = join(directory, "slos.json");
    await writeFile(slos, JSON.stringify({ syncLatency: { alertAboveMs: 120_000 } }));
    const output = join(directory, "rules.yaml");
    const options = ["--slos", slos, "--unit", "seconds", "--label", "team=platform", "--selector", 'job="gitops"'];
    expect(await cli("rules", ...options, "--runbook-url", "https://wiki", "--output", output)).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
    const text = await readFile(output, "utf8");
    expect(text).toContain('alumiini_sync_duration_seconds_bucket{le=~"120(\\\\.0)?",job="gitops"}[5m])');
    expect(text).toContain("team: platform");
    expect(text).toContain("runbook_url: https://wiki/HighSyncLatency.md");
    expect(text).not.toContain("milliseconds");
  });

  it("writes the operator's objects", async () => {
    const place = ["--name", "gitops", "--namespace", "monitoring", "--metadata-label", "release=prometheus"];
    const metadata = { name: "gitops", namespace: "monitoring", labels: { release: "prometheus" } };
    const rule: unknown = parse((await cli("rules", "--format", "prometheus-rule", ...place)).stdout);
    expect(rule).toMatchObject({ kind: "PrometheusRule", metadata });
    const monitor: unknown = parse((await cli("rules", "--format", "service-monitor", ...place)).stdout);
    expect(monitor).toMatchObject({ kind: "ServiceMonitor", metadata, spec: { endpoints: [{ port: "metrics" }] } });
  });

  it("prints objectives that it reads again", async () => {
    const directory = await temporaryDirectory();
    const slos = join(directory, "slos.json");
    await writeFile(slos, (await cli("slos")).stdout);
    expect((await cli("rules", "--slos", slos)).stdout).toBe((await cli("rules")).stdout);
  });

  it.each([
    [[], "name a command: rules, dashboards, slos, series"],
    [["alerts"], "command must be one of rules, dashboards, slos, series; not alerts"],
    [["rule"], "not rule; did you mean rules?"],
    [["rules", "dashboards"], "rules takes no dashboards"],
    [["rules", "--frob"], "there is no option --frob\n"],
    [["rules", "--outptu", "x"], "there is no option --outptu; did you mean --output?"],
    [["rules", "-o", "x"], "there is no option -o\n"],
    [["rules", "--output"], "--output needs a value: --output <path>"],
    [["rules", "--output", "--unit", "seconds"], "--output needs a value"],
    [["rules", "--unit", "seconds", "--unit", "seconds"], "--unit was given twice"],
    [["rules", "--help=yes"], "--help takes no value"],
    [
      ["rules", "--opt-in-labels", "cluster,namespace"],
      "must be one of repo_namespace, branch, commit, cluster; not namespace",
    ],
    [["series", "--repositories", "many"], "--repositories must be a whole number; not many"],
    [["rules", "--unit", "minutes"], "--unit must be one of milliseconds, seconds; not minutes"],
    [["rules", "--label", "team"], "--label takes name=value, not team"],
    [["rules", "--selector", "{a='b'}"], "it must be label matchers"],
    [["rules", "--label", "a-b=c"], 'option "labels.a-b" is not a valid label name'],
  ])("says what is wrong with %j", async (args, message) => {
    const { code, stderr } = await cli(...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it.each([
    [["dashboards", "--label", "team=a"], "dashboards has no use for --label; it is an option of rules"],
    [["dashboards", "--format", "rules"], "dashboards has no use for --format"],
    [["slos", "--unit", "seconds"], "slos has no use for --unit; it is an option of rules, dashboards"],
    [
      ["rules", "--name", "x"],
      "--format rules has no use for --name; it needs --format prometheus-rule or service-monitor",
    ],
    [
      ["rules", "--format", "service-monitor", "--selector", 'a="b"'],
      "--format service-monitor has no use for --selector; it needs --format rules or prometheus-rule",
    ],
  ])("refuses what it would ignore: %j", async (args, message) => {
    const { code, stderr, stdout } = await cli(...args);
    expect(stderr).toContain(message);
    expect([code, stdout]).toEqual([2, ""]);
  });

  it("prints its version", async () => {
    const { code, stdout } = await cli("--version");
    const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
    expect([code, stdout]).toEqual([0, `${version}\n`]);
  });

  it.each(["/proc/alumiini/dashboards", "/dev/null/dashboards"])(
    "ends where %s can't be made, and says so",
    async (path) => {
      const { code, stderr } = await cli("dashboards", "--output", path);
      expect([code, stderr]).toEqual([1, expect.stringContaining(path.split("/").slice(0, 3).join("/"))]);
    },
  );

  it("makes a directory with its parents", async () => {
    const directory = join(await temporaryDirectory(), "a/b/c");
    expect(await cli("dashboards", "--output", directory)).toMatchObject({ code: 0 });
    expect(await readdir(directory)).toEqual(await readdir(`${generated}dashboards`));
  });

  it("counts the series of repositories", async () => {
    const { stdout } = await cli("series", "--repositories", "1500");
    expect(stdout).toContain("1500 repositories: 70,500 to 294,000 series.");
  });

  it.each([
    ["{", "slos.json: "],
    ["[]", "slos.json must be an object"],
    ['{"frob": 1}', 'slos.json: defineSlos: option "frob" is unknown'],
    ['{"syncLatency": 1}', 'slos.json: defineSlos: option "syncLatency" is 1; it must be an object'],
    ['{"syncLatency": {"thresholdMs": "1"}}', 'thresholdMs" is "1"; it must be one of'],
    ['{"syncLatency": {"thresholdMs": 31000}}', 'thresholdMs" is 31000; it must be one of the bucket bounds'],
  ])("says what is wrong with the objectives %s", async (text, message) => {
    const slos = join(await temporaryDirectory(), "slos.json");
    await writeFile(slos, text);
    const { code, stderr } = await cli("rules", "--slos", slos);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it("says which file it can't read", async () => {
    const { code, stderr } = await cli("rules", "--slos", "/nowhere/slos.json");
    expect(stderr).toContain("/nowhere/slos.json");
    expect(code).toBe(1);
  });
});
