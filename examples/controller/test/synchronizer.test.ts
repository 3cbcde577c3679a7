import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTelemetry, type Trigger } from "@alumiini/core";
import { recordEvents } from "@alumiini/core/testing";
import { describe, expect, it } from "vitest";
import { LocalRemote } from "../src/demo/local-remote.js";
import { classifyError } from "../src/errors.js";
import { CommitCache } from "../src/git/commit-cache.js";
import { GitClone } from "../src/git/git.js";
import { identify } from "../src/manifests/kubernetes-object.js";
import { StartOrder } from "../src/start-order.js";
import { Synchronizer } from "../src/synchronizer.js";
import { DirectoryTarget } from "../src/targets/directory-target.js";
import { configMap, configMapYaml, parseHere, RUNNING, temporaryDirectory } from "./support.js";

async function setUp(files: Record<string, string> = { "deploy/a.yaml": configMapYaml("a") }, path = "deploy") {
  const directory = await temporaryDirectory();
  const remote = await LocalRemote.create(join(directory, "remote.git"), files, RUNNING);
  const telemetry = createTelemetry({ clusterId: "test", classifyError });
  const recorder = recordEvents();
  telemetry.subscribe(recorder);
  const cache = new CommitCache(telemetry);
  const git = new GitClone({ url: remote.url, directory: join(directory, "clone.git"), timeoutMs: 100_000 });
  const target = new DirectoryTarget(join(directory, "cluster"), "app");
  const repository = { name: "app", namespace: "team", url: remote.url, path };
  const startOrder = new StartOrder(["app"]);
  const synchronizer = new Synchronizer(repository, { telemetry, git, cache, parse: parseHere, target, startOrder });
  const objectPath = (name: string) => target.pathOf(identify(configMap(name)));
  const cluster = () => readdir(join(directory, "cluster", "default", "ConfigMap"));
  /** What the next sync does. */
  const sync = async (trigger: Trigger) => {
    recorder.clear();
    const error = await synchronizer.sync(trigger, { stop: RUNNING, abort: RUNNING }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return { error, types: recorder.events.map(({ type }) => type) };
  };
  return { remote, recorder, telemetry, cache, sync, objectPath, cluster };
}

describe("Synchronizer", () => {
  it("tells of a first sync, every event with the sync's context", async () => {
    const { remote, recorder, sync } = await setUp();
    const commit = await remote.head();
    const { types } = await sync("startup");
    expect(types).toEqual(["sync_started", "git_cloned", "apply_started", "apply_completed", "sync_completed"]);
    const { syncId } = recorder.events[0] ?? {};
    const context = { repoName: "app", namespace: "team", trigger: "startup", repoPath: "deploy", repoUrl: remote.url };
    expect(syncId).toBeTruthy();
    for (const event of recorder.events) expect(event).toMatchObject({ ...context, syncId });
    expect(recorder.ofType("git_cloned")).toMatchObject([{ commit, branch: "main", outcome: "success" }]);
    expect(recorder.ofType("sync_completed")[0]?.committedAt).toBeGreaterThan(Date.now() - 3_600_000);
    const resources = [{ kind: "ConfigMap", namespace: "default", name: "a" }];
    expect(recorder.ofType("apply_completed")).toMatchObject([{ commit, resources, resourcesApplied: 1 }]);
    expect(recorder.ofType("sync_completed")).toMatchObject([
      { commit, resources, resourcesApplied: 1, branch: "main" },
    ]);
  });

  it("applies a new commit and prunes what it took away", async () => {
    const { remote, recorder, sync, cluster } = await setUp();
    await sync("startup");
    const previousCommit = await remote.head();
    await remote.commit("Replace a by b", { "deploy/a.yaml": undefined, "deploy/b.yaml": configMapYaml("b") });
    const { types } = await sync("webhook");
    expect(types).toEqual(["sync_started", "git_fetched", "apply_started", "apply_completed", "sync_completed"]);
    expect(recorder.ofType("sync_completed")).toMatchObject([{ previousCommit, resourcesApplied: 1, branch: "main" }]);
    expect(await cluster()).toEqual(["b.yaml"]);
  });

  it("does no more than a fetch and a look into the cache when nothing is new", async () => {
    const { recorder, sync } = await setUp();
    await sync("startup");
    expect(recorder.ofKind("cache_access")).toMatchObject([{ cacheName: "commits", result: "miss" }]);
    const { types } = await sync("poll");
    expect(types).toEqual(["sync_started", "git_fetched", "sync_completed"]);
    expect(recorder.ofType("sync_completed")).toMatchObject([{ resourcesApplied: 0 }]);
    expect(recorder.ofKind("cache_access")).toMatchObject([{ cacheName: "commits", result: "hit" }]);
  });

  it.each(["poll", "reconcile"] as const)(
    "finds drift when it is triggered by %s, and corrects it",
    async (trigger) => {
      const { recorder, sync, objectPath } = await setUp();
      await sync("startup");
      const before = await readFile(objectPath("a"), "utf8");
      await writeFile(objectPath("a"), "edited: true\n");
      expect((await sync(trigger)).types).toEqual([
        "sync_started",
        "git_fetched",
        "drift_detected",
        "apply_started",
        "apply_completed",
        "drift_corrected",
        "sync_completed",
      ]);
      const drift = { resourceKey: "ConfigMap/default/a", repoName: "app", trigger };
      expect(recorder.ofType("drift_detected")).toMatchObject([{ ...drift, severity: "warning" }]);
      expect(recorder.ofType("drift_corrected")).toMatchObject([{ ...drift, outcome: "success" }]);
      expect(await readFile(objectPath("a"), "utf8")).toBe(before);
      expect((await sync(trigger)).types).toEqual(["sync_started", "git_fetched", "sync_completed"]);
    },
  );

  it("leaves the target alone when a manifest cannot be read", async () => {
    const { remote, recorder, sync, cluster } = await setUp();
    await sync("startup");
    await remote.commit("Break", { "deploy/a.yaml": undefined, "deploy/b.yaml": `${configMapYaml("b")} x: [\n` });
    const { error, types } = await sync("poll");
    expect(types).toEqual(["sync_started", "git_fetched", "sync_failed"]);
    expect(recorder.ofType("sync_failed")).toMatchObject([
      { errorType: "parse_error", errorMessage: expect.stringContaining("deploy/b.yaml") },
    ]);
    expect(error).toMatchObject({ name: "ManifestError" });
    expect(await cluster()).toEqual(["a.yaml"]);
  });

  it("tells why an apply failed on the apply, and that it failed on the sync", async () => {
    const { remote, recorder, sync } = await setUp();
    await remote.commit("Misname", { "deploy/a.yaml": configMapYaml("Not_a_name") });
    const { types } = await sync("startup");
    expect(types).toEqual(["sync_started", "git_cloned", "apply_started", "apply_failed", "sync_failed"]);
    expect(recorder.ofType("apply_failed")).toMatchObject([{ errorType: "validation", commit: await remote.head() }]);
    expect(recorder.ofType("sync_failed")).toMatchObject([{ errorType: "apply_error" }]);
  });

  it("tries a commit again that it could not apply", async () => {
    const { remote, sync } = await setUp({ "deploy/a.yaml": configMapYaml("Not_a_name") });
    await sync("startup");
    expect((await sync("poll")).types).toContain("apply_failed");
    await remote.commit("Fix", { "deploy/a.yaml": configMapYaml("a") });
    expect((await sync("poll")).types).toContain("sync_completed");
  });

  it("tells of a remote that is away, on the clone and on the fetch", async () => {
    const { remote, recorder, sync } = await setUp();
    await remote.disconnect();
    expect((await sync("startup")).types).toEqual(["sync_started", "git_cloned", "sync_failed"]);
    expect(recorder.ofType("git_cloned")).toMatchObject([{ outcome: "failure", errorType: "git_error" }]);
    await remote.reconnect();
    await sync("startup");
    await remote.disconnect();
    expect((await sync("poll")).types).toEqual(["sync_started", "git_fetched", "sync_failed"]);
    expect(recorder.ofType("sync_failed")).toMatchObject([{ errorType: "git_error" }]);
  });

  it("prunes nothing when the directory is missing", async () => {
    const { remote, recorder, sync, cluster } = await setUp();
    await sync("startup");
    await remote.commit("Move", { "deploy/a.yaml": undefined, "elsewhere/a.yaml": configMapYaml("a") });
    await sync("poll");
    expect(recorder.ofType("sync_failed")).toMatchObject([
      { errorType: "parse_error", errorMessage: expect.stringContaining("deploy: no such directory") },
    ]);
    expect(await cluster()).toEqual(["a.yaml"]);
  });

  it("counts what it leaves out of a repository of every kind of YAML", async () => {
    const files = {
      "app.yaml": configMapYaml("a"),
      "compose.yaml": "services: {}\n",
      "package.json": "{}",
      "kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n",
      "charts/x/Chart.yaml": "apiVersion: v2\nname: x\n",
      "charts/x/templates/a.yaml": "apiVersion: v1\nkind: {{ .Values.kind }}\n bad",
      "README.md": "apiVersion: v1\nkind: ConfigMap\n",
    };
    const { recorder, sync, cluster } = await setUp(files, "");
    await sync("startup");
    expect(await cluster()).toEqual(["a.yaml"]);
    expect(recorder.ofType("sync_completed")).toMatchObject([
      { attributes: { "alumiini.manifests.ignored.not_kubernetes": 3, "alumiini.manifests.ignored.kustomize": 1 } },
    ]);
  });

  it("knows a commit again that it was forced back to", async () => {
    const { remote, recorder, sync, cache } = await setUp();
    await sync("startup");
    const first = await remote.head();
    await remote.commit("Second", { "deploy/b.yaml": configMapYaml("b") });
    await sync("poll");
    const bytes = cache.bytes;
    await writeFile(join(remote.url, "refs/heads/main"), `${first}\n`);
    await sync("poll");
    expect(recorder.ofKind("cache_access")).toMatchObject([{ result: "hit" }]);
    expect(recorder.ofType("sync_completed")).toMatchObject([{ commit: first, resourcesApplied: 1 }]);
    expect(cache.bytes).toBe(bytes);
  });
});

describe("CommitCache", () => {
  it("keeps the few commits that were used last", async () => {
    const cache = new CommitCache(createTelemetry({ clusterId: "test" }));
    let reads = 0;
    const get = (commit: string) =>
      cache.get(commit, async () => {
        reads++;
        return { manifests: [], ignored: {}, bytes: 10 };
      });
    for (const commit of ["a", "b", "c", "d", "a", "e"]) await get(commit);
    expect(cache.bytes).toBe(40);
    expect(reads).toBe(5);
    await get("a");
    expect(reads).toBe(5);
    await get("b");
    expect(reads).toBe(6);
  });

  it("does not keep what could not be read", async () => {
    const cache = new CommitCache(createTelemetry({ clusterId: "test" }));
    const error = new Error("unreadable");
    await expect(cache.get("a", () => Promise.reject(error))).rejects.toBe(error);
    expect(cache.bytes).toBe(0);
  });
});
