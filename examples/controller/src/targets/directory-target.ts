import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { AppliedResource } from "@alumiini/core";
import { parse, stringify } from "yaml";
import { AbortedError, ApplyError } from "../errors.js";
import { admissionProblem } from "../manifests/admission.js";
import {
  groupOf,
  identify,
  type KubernetesObject,
  type Manifest,
  type ObjectIdentity,
  toResource,
} from "../manifests/kubernetes-object.js";
import { removeFile, writeAtomically } from "./atomic-write.js";
import { Inventory, unlessMissing } from "./inventory.js";
import type { Target } from "./target.js";

/**
 * A local directory used as the cluster: one YAML file for each object, as
 * `<namespace>/<kind>[.<group>]/<name>.yaml`. Good for a first look, for tests, and for clusters that pull from disk.
 */
export class DirectoryTarget implements Target {
  readonly #root: string;
  readonly #inventory: Inventory;

  constructor(root: string, repoName: string) {
    this.#root = root;
    this.#inventory = new Inventory(join(root, ".inventory"), repoName);
  }

  async diff(manifests: readonly Manifest[], signal: AbortSignal): Promise<readonly Manifest[]> {
    const different: Manifest[] = [];
    for (const manifest of manifests) {
      throwIfAborted(signal);
      if (!isDeepStrictEqual(await this.#read(manifest.object), manifest.object)) different.push(manifest);
    }
    return different;
  }

  async apply(manifests: readonly Manifest[], signal: AbortSignal): Promise<readonly AppliedResource[]> {
    const problems = manifests.flatMap(({ object, file }) => {
      const message = admissionProblem(object);
      return message === undefined ? [] : [{ file, message }];
    });
    if (problems.length > 0) throw new ApplyError("validation", problems);
    await this.#inventory.claim(manifests);
    for (const { object } of manifests) {
      throwIfAborted(signal);
      await writeAtomically(this.pathOf(identify(object)), stringify(object));
    }
    return manifests.map(({ object }) => toResource(identify(object)));
  }

  async prune(keep: readonly Manifest[], signal: AbortSignal): Promise<void> {
    for (const identity of await this.#inventory.notAmong(keep)) {
      throwIfAborted(signal);
      await removeFile(this.pathOf(identity));
    }
    await this.#inventory.retain(keep);
  }

  /** Where an object is kept. */
  pathOf({ apiVersion, kind, namespace, name }: ObjectIdentity): string {
    const group = groupOf(apiVersion);
    const directory = group === "" ? kind : `${kind}.${group}`;
    // No namespace can be called `_cluster`: an underscore is not allowed in one.
    return join(this.#root, toFileName(namespace ?? "_cluster"), toFileName(directory), `${toFileName(name)}.yaml`);
  }

  /** What the directory holds in place of the object; `undefined` where there is nothing, or nothing readable. */
  async #read(object: KubernetesObject): Promise<unknown> {
    const text = await readFile(this.pathOf(identify(object)), "utf8").catch(unlessMissing);
    try {
      return text === undefined ? undefined : parse(text);
    } catch {
      // Somebody's edit made it unreadable: that is drift, and the next apply fixes it.
      return undefined;
    }
  }
}

/** Names come from a repository that may be hostile: no separator, no `..`, no name that the file system cuts. */
function toFileName(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9._-]/g, (character) => `%${character.codePointAt(0)?.toString(16)}`);
  const visible = safe.replace(/^\.+/, (dots) => "%2e".repeat(dots.length));
  if (visible.length <= 200) return visible;
  return `${visible.slice(0, 150)}-${createHash("sha256").update(name).digest("hex").slice(0, 16)}`;
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new AbortedError();
}
