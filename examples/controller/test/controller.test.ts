import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LocalRemote } from "../src/demo/local-remote.js";
import { sign } from "../src/http/webhook-signature.js";
import { events, loggedUrl, start, untilProgram } from "./program.js";
import { configMapYaml, RUNNING, temporaryDirectory } from "./support.js";

const SECRET = "hub";

async function setUp(extraArgs: readonly string[] = []) {
  const directory = await temporaryDirectory();
  const files = { "deploy/a.yaml": configMapYaml("a"), "deploy/b.yaml": configMapYaml("b") };
  const remote = await LocalRemote.create(join(directory, "app.git"), files, RUNNING);
  const paths = ["--target", join(directory, "cluster"), "--data", join(directory, "data")];
  const args = ["--repo", remote.url, "--path", "deploy", ...paths, "--port", "0", ...extraArgs];
  const run = () => start("controller", args, { ALUMIINI_GITHUB_SECRET: SECRET });
  return { directory, remote, run };
}

/** What one scrape shows, by series as Prometheus writes it. */
async function scrape(url: string): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const samples = text.split("\n").flatMap((line): [string, number][] => {
    const [, series, value] = /^(alumiini_\S+) (\S+)$/.exec(line) ?? [];
    return series === undefined ? [] : [[series, Number(value)]];
  });
  return new Map(samples);
}

describe("controller", () => {
  it("counts what it does in the metrics of the ADR", async () => {
    const { remote, run } = await setUp();
    const program = run();
    const url = await loggedUrl(program);
    const synced = (count: number) => untilProgram(program, () => events(program, "sync_completed").length === count);
    await synced(1);

    const commit = await remote.commit("Add c", { "deploy/c.yaml": configMapYaml("c") });
    const body = JSON.stringify({ ref: "refs/heads/main", repository: { clone_url: remote.url } });
    const headers = { "x-github-event": "push", "x-hub-signature-256": sign(body, SECRET) };
    expect((await fetch(`${url}/webhook/github`, { method: "POST", headers, body })).status).toBe(202);
    await synced(2);
    expect((await fetch(`${url}/sync/app`, { method: "POST" })).status).toBe(202);
    await synced(3);
    await remote.disconnect();
    await fetch(`${url}/sync/app`, { method: "POST" });
    await untilProgram(program, () => events(program, "sync_failed").length === 1);

    const metrics = await scrape(url);
    expect(Object.fromEntries(metrics)).toMatchObject({
      'alumiini_syncs_total{repo_name="app",trigger="startup",outcome="success"}': 1,
      'alumiini_syncs_total{repo_name="app",trigger="webhook",outcome="success"}': 1,
      'alumiini_syncs_total{repo_name="app",trigger="manual",outcome="success"}': 1,
      'alumiini_syncs_total{repo_name="app",trigger="manual",outcome="failure"}': 1,
      'alumiini_sync_duration_milliseconds_count{repo_name="app",trigger="manual"}': 2,
      'alumiini_resources_applied_total{repo_name="app",resource_kind="ConfigMap"}': 5,
      'alumiini_git_operations_total{repo_name="app",operation="clone",outcome="success"}': 1,
      'alumiini_git_operations_total{repo_name="app",operation="fetch",outcome="success"}': 2,
      'alumiini_git_operations_total{repo_name="app",operation="fetch",outcome="failure"}': 1,
      'alumiini_git_duration_milliseconds_count{repo_name="app",operation="fetch"}': 3,
      alumiini_workers_active: 1,
      alumiini_leader_status: 1,
      'alumiini_cache_total{cache_name="commits",result="miss"}': 2,
      'alumiini_cache_total{cache_name="commits",result="hit"}': 1,
      'alumiini_errors_total{repo_name="app",error_type="git_error"}': expect.any(Number),
    });
    const durations = events(program)
      .filter((event) => String(event["alumiini.event.type"]).startsWith("sync_"))
      .map((event) => Number(event["alumiini.sync.duration_ms"] ?? 0));
    const sums = [...metrics].filter(([series]) => series.startsWith("alumiini_sync_duration_milliseconds_sum"));
    expect(sums.reduce((sum, [, value]) => sum + value, 0)).toBe(durations.reduce((sum, value) => sum + value, 0));

    const health = await (await fetch(`${url}/healthz`)).json();
    expect(health).toMatchObject({ status: "degraded", workers: [{ repository: "app", lastSync: "failed", commit }] });
    program.child.kill("SIGTERM");
    expect(await program.ended).toEqual({ code: null, signal: "SIGTERM" });
    expect(events(program, "worker_stopped")).toHaveLength(1);
  });

  it("polls by itself, and goes on with its clone and its inventory after a restart", async () => {
    const { directory, remote, run } = await setUp(["--poll-interval", "200ms"]);
    const first = run();
    await untilProgram(first, () => events(first, "sync_completed").length >= 2);
    expect(events(first).some((event) => event["alumiini.sync.trigger"] === "poll")).toBe(true);
    first.child.kill("SIGINT");
    expect(await first.ended).toEqual({ code: null, signal: "SIGINT" });

    await remote.commit("Remove b", { "deploy/b.yaml": undefined });
    const second = run();
    await untilProgram(second, () => events(second, "sync_completed").length >= 1);
    expect(events(second, "git_cloned")).toEqual([]);
    expect(await readdir(join(directory, "cluster/default/ConfigMap"))).toEqual(["a.yaml"]);
  });

  it("ends with a word on what to change", async () => {
    const { directory, remote } = await setUp();
    const wrong = start("controller", ["--repo", remote.url, "--poll-interval", "soon"]);
    expect(await wrong.ended).toEqual({ code: 2, signal: null });
    expect(wrong.stderr()).toMatch(/^controller: --poll-interval must be a time/);

    await rm(join(directory, "bin"), { recursive: true, force: true });
    const noKubectl = start("controller", ["--repo", remote.url, "--kube-context", "kind"], { PATH: directory });
    expect(await noKubectl.ended).toEqual({ code: 1, signal: null });
    expect(noKubectl.stderr()).toMatch(/^controller: kubectl was not found on the PATH: install it/);

    const help = start("controller", ["--help"]);
    expect(await help.ended).toEqual({ code: 0, signal: null });
    expect(help.stdout()).toMatch(/Usage: controller --repo/);
  });

  it("makes its repositories known to the metrics before their first sync has ended", async () => {
    const { run } = await setUp();
    const program = run();
    const url = await loggedUrl(program);
    const metrics = await scrape(url);
    expect(metrics.get('alumiini_syncs_total{repo_name="app",trigger="startup",outcome="failure"}')).toBe(0);
    program.child.kill("SIGTERM");
    await program.ended;
  });

  it("shows credentials to nobody", async () => {
    const { directory } = await setUp();
    const url = "http://user:s3cr3t@127.0.0.1:1/app.git?access_token=t0k3n";
    const program = start("controller", ["--repo", url, "--data", directory, "--target", directory, "--port", "0"]);
    const base = await loggedUrl(program);
    await untilProgram(program, () => events(program, "sync_failed").length === 1);
    const answers = await Promise.all(["/metrics", "/healthz"].map(async (path) => (await fetch(base + path)).text()));
    program.child.kill("SIGTERM");
    await program.ended;
    expect(program.stdout() + program.stderr() + answers.join("")).not.toMatch(/s3cr3t|t0k3n/);
    expect((await readdir(directory, { recursive: true })).join("\n")).not.toMatch(/s3cr3t|t0k3n/);
  });

  it("says cancelled, and not failed, at the SIGTERM of a rollout in the middle of a fetch", async () => {
    const { directory, run, remote } = await setUp();
    const first = run();
    await untilProgram(first, () => events(first, "sync_completed").length === 1);
    first.child.kill("SIGTERM");
    await first.ended;

    const bin = join(directory, "bin");
    const pidFile = join(directory, "pid");
    await mkdir(bin);
    const script = `#!/bin/sh\ncase "$*" in *" fetch "*) echo $$ >"${pidFile}"; exec sleep 600;; esac\n`;
    await writeFile(join(bin, "git"), `${script}PATH="${process.env["PATH"]}" exec git "$@"\n`, { mode: 0o755 });
    const path = { PATH: `${bin}:${process.env["PATH"]}` };
    const args = ["--repo", remote.url, "--path", "deploy", "--target", join(directory, "cluster"), "--port", "0"];
    for (const alsoKillsGit of [false, true]) {
      const second = start("controller", [...args, "--data", join(directory, "data")], path);
      const pid = Number(
        await untilProgram(
          second,
          () => (existsSync(pidFile) ? readFileSync(pidFile, "utf8") : "").trim() || undefined,
        ),
      );
      // systemd signals every process of the service.
      if (alsoKillsGit) process.kill(pid, "SIGTERM");
      second.child.kill("SIGTERM");
      expect(await second.ended).toEqual({ code: null, signal: "SIGTERM" });
      for (const type of ["git_fetched", "sync_failed"]) {
        expect(events(second, type)).toMatchObject([
          { "error.type": "cancelled", "alumiini.event.outcome": "unknown", level: 30 },
        ]);
      }
      expect(events(second, "worker_stopped")).toMatchObject([{ "alumiini.event.outcome": "success" }]);
      await rm(pidFile);
    }
  });

  it("gives an object that two repositories claim to the one named first, which is slower", async () => {
    const directory = await temporaryDirectory();
    const files = { "a.yaml": configMapYaml("shared"), "README.md": "x".repeat(5_000_000) };
    const slow = await LocalRemote.create(join(directory, "slow.git"), files, RUNNING);
    const fast = await LocalRemote.create(
      join(directory, "fast.git"),
      { "a.yaml": configMapYaml("shared", "2") },
      RUNNING,
    );
    const repositories = ["--repo", slow.url, "--repo", fast.url];
    const places = ["--target", join(directory, "cluster"), "--data", join(directory, "data"), "--port", "0"];
    const program = start("controller", [...repositories, ...places]);
    const ended = () => [...events(program, "sync_completed"), ...events(program, "sync_failed")];
    await untilProgram(program, () => ended().length >= 2);
    expect(ended()).toMatchObject([
      { "alumiini.event.type": "sync_completed", "alumiini.repo.name": "slow" },
      { "alumiini.event.type": "sync_failed", "alumiini.repo.name": "fast" },
    ]);
    expect(events(program, "apply_failed")).toMatchObject([{ "error.type": "conflict" }]);
  });

  it("is as truthful after kill -9 at any moment, and leaves no unfinished clone", async () => {
    const { directory, remote, run } = await setUp();
    const data = join(directory, "data");
    for (let round = 0; round < 5; round++) {
      await remote.commit("Change", { "deploy/a.yaml": configMapYaml("a", String(round)), "deploy/b.yaml": undefined });
      if (round % 2 === 1) await rm(data, { recursive: true, force: true });
      const program = run();
      const type = ["sync_started", "git_cloned", "apply_started", "sync_started", "apply_completed"][round];
      await untilProgram(
        program,
        () => program.log().some((line) => line["alumiini.event.type"] === type) || undefined,
      );
      program.child.kill("SIGKILL");
      await program.ended;
    }
    await mkdir(join(data, ".cloning-left", "objects"), { recursive: true });
    const commit = await remote.commit("Last", { "deploy/c.yaml": configMapYaml("c") });
    const program = run();
    await untilProgram(program, () => events(program, "sync_completed").length === 1 || undefined);
    expect(events(program, "sync_completed")).toMatchObject([{ "alumiini.repo.commit": commit }]);
    expect(await readdir(join(directory, "cluster/default/ConfigMap"))).toEqual(["a.yaml", "c.yaml"]);
    expect((await readdir(data)).filter((name) => name.startsWith(".cloning"))).toEqual([]);
  });
});
