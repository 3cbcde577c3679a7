import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { KubernetesObject } from "../src/manifests/kubernetes-object.js";
import { Inventory } from "../src/targets/inventory.js";
import { checkKubectl, KubectlTarget } from "../src/targets/kubectl-target.js";
import { configMap, manifest, RUNNING, temporaryDirectory } from "./support.js";

/**
 * Stands in for kubectl: notes its arguments and input, and does what `reply.json` says for the subcommand. It is a
 * real program on the PATH, so that arguments, pipes and exit codes are real.
 */
const FAKE_KUBECTL = `#!${process.execPath}
const { appendFileSync, readFileSync } = require("node:fs");
const { join } = require("node:path");
const [context, command, ...args] = process.argv.slice(2);
const input = args.includes("--filename=-") ? readFileSync(0, "utf8") : "";
appendFileSync(join(__dirname, "calls.jsonl"), JSON.stringify({ context, command, args, input }) + "\\n");
const reply = JSON.parse(readFileSync(join(__dirname, "reply.json"), "utf8"))[command] ?? {};
const echo = () => JSON.stringify({ kind: "List", items: JSON.parse(input).items.map((item) => ({ ...item, metadata: { ...item.metadata, uid: "uid-" + item.metadata.name } })) });
process.stdout.write(reply.stdout ?? (command === "apply" ? echo() : ""));
process.stderr.write(reply.stderr ?? "");
process.exitCode = reply.exitCode ?? 0;
`;

interface Reply {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode?: number;
}

afterEach(() => {
  vi.unstubAllEnvs();
});

async function setUp(reply: Record<string, Reply> = {}) {
  const directory = await temporaryDirectory();
  const bin = join(directory, "bin");
  await mkdir(bin);
  await writeFile(join(bin, "kubectl"), FAKE_KUBECTL, { mode: 0o755 });
  await writeFile(join(bin, "reply.json"), JSON.stringify(reply));
  vi.stubEnv("PATH", bin);
  const target = (repoName: string) =>
    new KubectlTarget("kind", repoName, new Inventory(join(directory, "inv"), repoName));
  const calls = async () =>
    (await readFile(join(bin, "calls.jsonl"), "utf8").catch(() => ""))
      .split("\n")
      .filter((line) => line !== "")
      .map((line): { context: string; command: string; args: string[]; input: string } => JSON.parse(line));
  return { target: target("app"), other: target("other"), calls };
}

const web: KubernetesObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web.v2", namespace: "shop" },
  spec: {},
};
const namespace: KubernetesObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } };
const manifests = [namespace, web, configMap("a")].map((object) => manifest(object));

describe("KubectlTarget", () => {
  it("applies on the server's side and answers what the cluster has", async () => {
    const { target, calls } = await setUp();
    expect(await target.apply(manifests, RUNNING)).toEqual([
      { kind: "Namespace", name: "shop", uid: "uid-shop" },
      { kind: "Deployment", namespace: "shop", name: "web.v2", uid: "uid-web.v2" },
      { kind: "ConfigMap", namespace: "default", name: "a", uid: "uid-a" },
    ]);
    const [call] = await calls();
    expect(call).toMatchObject({ context: "--context=kind", command: "apply" });
    expect(call?.args).toEqual([
      "--server-side",
      "--force-conflicts",
      "--field-manager=alumiini-app",
      "--filename=-",
      "--output=json",
    ]);
    expect(JSON.parse(call?.input ?? "")).toMatchObject({ kind: "List", items: [namespace, web, configMap("a")] });
  });

  it("has nothing to say to the cluster about no objects", async () => {
    const { target, calls } = await setUp();
    expect(await target.apply([], RUNNING)).toEqual([]);
    expect(await target.diff([], RUNNING)).toEqual([]);
    await target.prune([], RUNNING);
    expect(await calls()).toEqual([]);
  });

  it("finds no drift where kubectl finds no difference", async () => {
    const { target } = await setUp({ diff: { exitCode: 0 } });
    expect(await target.diff(manifests, RUNNING)).toEqual([]);
  });

  it("finds the objects that kubectl names", async () => {
    const line = (name: string) => `diff -u -N /tmp/LIVE-1/${name} /tmp/MERGED-2/${name}\n--- x\n+++ y\n`;
    const stdout = line("apps.v1.Deployment.shop.web.v2") + line("v1.Namespace..shop");
    const { target } = await setUp({ diff: { exitCode: 1, stdout } });
    const drifted = await target.diff(manifests, RUNNING);
    expect(drifted.map(({ object }) => object.kind)).toEqual(["Namespace", "Deployment"]);
  });

  it("does not take a failure of kubectl diff for drift", async () => {
    const { target } = await setUp({ diff: { exitCode: 2, stderr: "error: You must be logged in to the server" } });
    await expect(target.diff(manifests, RUNNING)).rejects.toMatchObject({ errorType: "auth" });
    const unnamed = await setUp({ diff: { exitCode: 1, stderr: "something else" } });
    await expect(unnamed.target.diff(manifests, RUNNING)).rejects.toMatchObject({ name: "ApplyError" });
  });

  it.each([
    ["conflict", 'Apply failed with 1 conflict: conflict with "kubectl"'],
    ["auth", "Error from server (Forbidden): configmaps is forbidden"],
    ["validation", 'The ConfigMap "a" is invalid: metadata.name: Invalid value'],
    ["validation", 'no matches for kind "Foo" in version "v1"'],
    ["timeout", "Unable to connect to the server: net/http: request timed out"],
    ["apply_error", "The connection to the server localhost:8080 was refused"],
  ])("calls it %s when kubectl says: %s", async (errorType, stderr) => {
    const { target } = await setUp({ apply: { exitCode: 1, stderr } });
    await expect(target.apply(manifests, RUNNING)).rejects.toMatchObject({ errorType });
  });

  it("deletes what left git, and only that", async () => {
    const { target, calls } = await setUp();
    await target.apply(manifests, RUNNING);
    await target.prune(manifests.slice(0, 2), RUNNING);
    await target.prune(manifests.slice(0, 2), RUNNING);
    const deletions = (await calls()).filter(({ command }) => command === "delete");
    expect(deletions).toHaveLength(1);
    expect(deletions[0]?.args).toEqual(["--ignore-not-found", "--wait=false", "--filename=-"]);
    const identity = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "default" } };
    expect(JSON.parse(deletions[0]?.input ?? "").items).toEqual([identity]);
  });

  it("remembers what it could not delete", async () => {
    const { target } = await setUp({ delete: { exitCode: 1, stderr: "Error from server (Forbidden)" } });
    await target.apply(manifests, RUNNING);
    await expect(target.prune([], RUNNING)).rejects.toMatchObject({ errorType: "auth" });
    await expect(target.prune([], RUNNING)).rejects.toMatchObject({ errorType: "auth" });
  });

  it("refuses an object that another repository has", async () => {
    const { target, other, calls } = await setUp();
    await target.apply(manifests, RUNNING);
    await expect(other.apply(manifests, RUNNING)).rejects.toMatchObject({ errorType: "conflict" });
    expect(await calls()).toHaveLength(1);
  });

  it("says what to do when kubectl is missing", async () => {
    const { target } = await setUp();
    vi.stubEnv("PATH", await temporaryDirectory());
    await expect(target.apply(manifests, RUNNING)).rejects.toThrow(/kubectl was not found.*--target/);
    await expect(checkKubectl("kind", RUNNING)).rejects.toThrow(/kubectl was not found/);
  });

  it("says that the context is unknown", async () => {
    await setUp({ config: { exitCode: 1, stderr: 'error: context "kind" does not exist' } });
    await expect(checkKubectl("kind", RUNNING)).rejects.toThrow(/context "kind" does not exist/);
  });
});
