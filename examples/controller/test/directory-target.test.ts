import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { identify, type KubernetesObject } from "../src/manifests/kubernetes-object.js";
import { DirectoryTarget } from "../src/targets/directory-target.js";
import { configMap, manifest, RUNNING, temporaryDirectory } from "./support.js";

async function setUp() {
  const root = await temporaryDirectory();
  return { root, target: new DirectoryTarget(root, "app") };
}

const objectFiles = async (root: string) =>
  (await readdir(root, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !entry.parentPath.includes(".inventory"))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();

const objects: readonly KubernetesObject[] = [
  configMap("a", { text: "0644", multi: "one\ntwo\n", yes: "yes", empty: "" }),
  { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", namespace: "shop" }, spec: { replicas: 2 } },
  { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "system:a/b".replace("/", ".") },
  },
];
const manifests = objects.map((object) => manifest(object));

describe("DirectoryTarget", () => {
  it("keeps one file for each object, that reads back as the object", async () => {
    const { root, target } = await setUp();
    const applied = await target.apply(manifests, RUNNING);
    expect(applied).toEqual([
      { kind: "ConfigMap", namespace: "default", name: "a" },
      { kind: "Deployment", namespace: "shop", name: "web" },
      { kind: "Namespace", name: "shop" },
      { kind: "ClusterRole", name: "system:a.b" },
    ]);
    expect(await objectFiles(root)).toEqual([
      "_cluster/ClusterRole.rbac.authorization.k8s.io/system%3aa.b.yaml",
      "_cluster/Namespace/shop.yaml",
      "default/ConfigMap/a.yaml",
      "shop/Deployment.apps/web.yaml",
    ]);
    for (const object of objects) {
      expect(parse(await readFile(target.pathOf(identify(object)), "utf8"))).toEqual(object);
    }
    expect(await target.diff(manifests, RUNNING)).toEqual([]);
  });

  it.each<[string, (path: string) => Promise<void>]>([
    ["edited", (path) => writeFile(path, "apiVersion: v1\nkind: ConfigMap\n")],
    ["deleted", (path) => rm(path)],
    ["made unreadable", (path) => writeFile(path, "a: [")],
  ])("finds an object that was %s, and fixes it", async (_how, change) => {
    const { target } = await setUp();
    await target.apply(manifests, RUNNING);
    await change(target.pathOf(identify(configMap("a"))));
    const drifted = await target.diff(manifests, RUNNING);
    expect(drifted.map(({ object }) => object.metadata.name)).toEqual(["a"]);
    await target.apply(drifted, RUNNING);
    expect(await target.diff(manifests, RUNNING)).toEqual([]);
  });

  it("does not mind an edit that says the same", async () => {
    const { target } = await setUp();
    await target.apply([manifest(configMap("a", { x: "1" }))], RUNNING);
    const path = target.pathOf(identify(configMap("a")));
    await writeFile(path, JSON.stringify({ ...parse(await readFile(path, "utf8")) }, null, 8));
    expect(await target.diff([manifest(configMap("a", { x: "1" }))], RUNNING)).toEqual([]);
  });

  it("prunes what left git, also after a restart, and nothing that it did not write", async () => {
    const { root, target } = await setUp();
    await target.apply(manifests, RUNNING);
    const foreign = target.pathOf(identify(configMap("foreign")));
    await writeFile(foreign, "apiVersion: v1\n");
    await new DirectoryTarget(root, "app").prune(manifests.slice(0, 1), RUNNING);
    expect(await objectFiles(root)).toEqual(["default/ConfigMap/a.yaml", "default/ConfigMap/foreign.yaml"]);
    await target.prune([], RUNNING);
    expect(await objectFiles(root)).toEqual(["default/ConfigMap/foreign.yaml"]);
  });

  it("refuses an object that another repository has, and writes nothing", async () => {
    const { root, target } = await setUp();
    await target.apply([manifest(configMap("a", { of: "app" }))], RUNNING);
    const other = new DirectoryTarget(root, "other");
    const applying = other.apply([manifest(configMap("b")), manifest(configMap("a", { of: "other" }))], RUNNING);
    await expect(applying).rejects.toMatchObject({
      errorType: "conflict",
      message: expect.stringContaining("belongs to repository app"),
    });
    expect(await objectFiles(root)).toEqual(["default/ConfigMap/a.yaml"]);
    expect(await target.diff([manifest(configMap("a", { of: "app" }))], RUNNING)).toEqual([]);
  });

  it.each<[string, KubernetesObject]>([
    ["a name with a separator", configMap("../../etc/passwd")],
    ["a name that is no name", configMap("Not a name")],
    ["a long name", configMap("a".repeat(254))],
    ["a namespace that is a path", configMap("a", {}, "../x")],
    ["a role called ..", { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: ".." } }],
    [
      "a role with a separator",
      { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: "a/b" } },
    ],
    ["a kind that is a path", { apiVersion: "v1", kind: "../X", metadata: { name: "a" } }],
    ["an apiVersion that is a path", { apiVersion: "../x/v1", kind: "X", metadata: { name: "a" } }],
    ["a label that is no text", { apiVersion: "v1", kind: "X", metadata: { name: "a", labels: { on: true } } }],
    ["annotations that are no mapping", { apiVersion: "v1", kind: "X", metadata: { name: "a", annotations: ["x"] } }],
  ])("refuses %s, naming the file, and writes nothing", async (_case, object) => {
    const { root, target } = await setUp();
    const applying = target.apply([manifest(configMap("fine")), manifest(object, "bad.yaml")], RUNNING);
    await expect(applying).rejects.toMatchObject({ errorType: "validation", problems: [{ file: "bad.yaml" }] });
    expect(await readdir(root)).toEqual([]);
  });

  it("stays below its directory, whatever the names", async () => {
    const { root, target } = await setUp();
    for (const name of ["..", "../../x", "a/b", "a\u0000b", "x".repeat(1000), "."]) {
      const path = target.pathOf({ apiVersion: `${name}/v1`, kind: name, namespace: name, name });
      expect(path.startsWith(`${root}/`)).toBe(true);
      expect(path.slice(root.length + 1).split("/")).toHaveLength(3);
      expect(path).not.toMatch(/\/\.{1,2}(\/|$)/);
      expect(path).not.toContain("\u0000");
      expect(Math.max(...path.split("/").map((part) => part.length))).toBeLessThanOrEqual(255);
    }
  });

  it("stops when it is told to", async () => {
    const { target } = await setUp();
    await expect(target.apply(manifests, AbortSignal.abort())).rejects.toMatchObject({ errorType: "cancelled" });
    await expect(target.diff(manifests, AbortSignal.abort())).rejects.toMatchObject({ errorType: "cancelled" });
  });
});
