import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { ROOT } from "../src/workspace.ts";
import { NODES } from "./consumer-project.ts";

const run = promisify(execFile);

/** The oldest Node that it declares, and the newest that there is. */
const PROGRAMS = {
  "Node 20": NODES["Node 20"],
  "the current Node": join(ROOT, "tools/node_modules/node-current/bin/node"),
};

let root: string;
let npx: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "npx-"));
  const { stdout } = await run("npm", ["root", "--global"]);
  npx = join(stdout.trim(), "npm/bin/npx-cli.js");
});

afterAll(() => rm(root, { recursive: true, force: true }));

describe.each(Object.entries(PROGRAMS))("npx @alumiini/cli in an empty directory, on %s", (name, node) => {
  /** Nothing of the user's: an empty directory, a home and a cache of npm's that hold nothing. */
  async function surroundings() {
    const directory = join(root, name.replaceAll(" ", "-"));
    const [home, empty] = [join(directory, "home"), join(directory, "empty")];
    for (const each of [home, empty]) await mkdir(each, { recursive: true });
    const { npm_config_userconfig, npm_config_registry } = inject("registry");
    const env = {
      PATH: [dirname(node), process.env["PATH"]].join(delimiter),
      HOME: home,
      npm_config_cache: join(directory, "cache"),
      npm_config_userconfig,
      npm_config_registry,
      npm_config_update_notifier: "false",
    };
    return { directory, empty, env };
  }

  it("runs, serves, takes a delivery, answers, and ends in order", async () => {
    const { directory, empty, env } = await surroundings();
    const started = performance.now();
    const alumiini = (...args: string[]) => run(node, [npx, "--yes", "@alumiini/cli", ...args], { cwd: empty, env });
    expect((await alumiini("--version")).stdout).toMatch(/^\d+\.\d+\.\d+/);
    const seconds = (performance.now() - started) / 1000;
    expect(await readdir(empty)).toEqual([]);
    const { stdout: used } = await run("du", ["-sk", join(directory, "cache/_npx")]);
    const megabytes = Number.parseInt(used, 10) / 1024;
    process.stdout.write(`${name}: installed in ${seconds.toFixed(1)} s, ${megabytes.toFixed(0)} MiB on the disk\n`);
    expect(megabytes).toBeLessThan(300);

    const serving = spawn(node, [npx, "--yes", "@alumiini/cli", "serve", "--listen", "127.0.0.1:0"], {
      cwd: empty,
      env,
      stdio: ["ignore", "ignore", "pipe"],
      // A process group of its own, which a terminal's Ctrl-C reaches as a whole.
      detached: true,
    });
    const ended = once(serving, "close");
    let log = "";
    serving.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
    try {
      await expect.poll(() => log, { timeout: 60_000 }).toContain("ready page=");
      const url = /listening url=(\S+)/.exec(log)?.[1] ?? "";
      const delivery = await fetch(`${url}/flux`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(DELIVERY),
      });
      expect(delivery.status).toBe(200);
      expect((await fetch(`${url}/`)).headers.get("content-type")).toContain("text/html");
      // It finds the server by the data directory, which nobody has named.
      const { stdout, stderr } = await alumiini("syncs", "--output", "ndjson");
      expect(stderr).toBe("");
      expect(JSON.parse(stdout)).toMatchObject({ repoName: "kustomization/checkout", outcome: "timed_out" });
    } finally {
      if (serving.pid !== undefined) process.kill(-serving.pid, "SIGTERM");
    }
    // npx has no status of its own then; what it ran says that it ended in order.
    await ended;
    expect(log).toMatch(/INFO +stopped\s*$/);
    // The history answers without the server.
    expect((await alumiini("fleet", "--output", "json")).stdout).toContain('"failing": 1');
    expect((await alumiini("completion", "bash")).stdout).toContain("complete -o filenames -F _alumiini alumiini");
    expect((await alumiini("rules")).stdout).toContain("groups:");
  });
});

const DELIVERY = {
  involvedObject: {
    kind: "Kustomization",
    namespace: "shop",
    name: "checkout",
    uid: "uid-checkout",
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
  },
  severity: "error",
  timestamp: new Date().toISOString(),
  message: "health check failed after 2m0s: timeout waiting for Deployment/shop/web",
  reason: "HealthCheckFailed",
  metadata: { "kustomize.toolkit.fluxcd.io/revision": `main@sha1:${"a1".repeat(20)}` },
  reportingController: "kustomize-controller",
};
