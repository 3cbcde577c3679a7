import type { AppliedResource } from "@alumiini/core";
import { ApplyError } from "../errors.js";
import { isJsonObject, toJson } from "../manifests/json.js";
import {
  identify,
  type JsonObject,
  type JsonValue,
  type Manifest,
  toResource,
} from "../manifests/kubernetes-object.js";
import type { Inventory } from "./inventory.js";
import { Kubectl, kubectlError } from "./kubectl.js";
import type { Target } from "./target.js";

/**
 * A real cluster, through `kubectl` with server-side apply. Git wins over edits by hand (`--force-conflicts`), as the
 * Kubernetes documentation asks of controllers; two repositories that claim one object are told apart before that, by
 * the inventory.
 */
export class KubectlTarget implements Target {
  readonly #kubectl: Kubectl;
  readonly #inventory: Inventory;
  readonly #serverSide: readonly string[];

  constructor(context: string, repoName: string, inventory: Inventory) {
    this.#kubectl = new Kubectl(context);
    this.#inventory = inventory;
    this.#serverSide = ["--server-side", "--force-conflicts", `--field-manager=alumiini-${repoName}`, "--filename=-"];
  }

  async diff(manifests: readonly Manifest[], signal: AbortSignal): Promise<readonly Manifest[]> {
    if (manifests.length === 0) return [];
    const args = ["diff", ...this.#serverSide];
    const { exitCode, stdout, stderr } = await this.#kubectl.run(args, signal, listOf(objectsOf(manifests)));
    if (exitCode === 0) return [];
    // 1: there are differences; more: kubectl failed.
    if (exitCode > 1) throw kubectlError(stderr);
    const files = stdout.toString("utf8").split("\n").flatMap(diffedFile);
    const different = manifests.filter(({ object }) => files.some((file) => isFileOf(file, object)));
    if (different.length === 0)
      throw kubectlError(stderr || "kubectl diff found differences but named no known object");
    return different;
  }

  async apply(manifests: readonly Manifest[], signal: AbortSignal): Promise<readonly AppliedResource[]> {
    if (manifests.length === 0) return [];
    await this.#inventory.claim(manifests);
    const args = ["apply", ...this.#serverSide, "--output=json"];
    const { exitCode, stdout, stderr } = await this.#kubectl.run(args, signal, listOf(objectsOf(manifests)));
    if (exitCode !== 0) throw kubectlError(stderr);
    return readApplied(stdout.toString("utf8"));
  }

  async prune(keep: readonly Manifest[], signal: AbortSignal): Promise<void> {
    const gone = await this.#inventory.notAmong(keep);
    if (gone.length > 0) {
      const objects = gone.map(({ apiVersion, kind, namespace, name }) => ({
        apiVersion,
        kind,
        metadata: { name, ...(namespace !== undefined && { namespace }) },
      }));
      const args = ["delete", "--ignore-not-found", "--wait=false", "--filename=-"];
      const { exitCode, stderr } = await this.#kubectl.run(args, signal, listOf(objects));
      if (exitCode !== 0) throw kubectlError(stderr);
    }
    await this.#inventory.retain(keep);
  }
}

/** Fails early, with what to do, where kubectl is missing or does not know the context. */
export async function checkKubectl(context: string, signal: AbortSignal): Promise<void> {
  const { exitCode, stderr } = await new Kubectl(context).run(["config", "view", "--minify"], signal);
  if (exitCode !== 0) throw kubectlError(stderr);
}

function objectsOf(manifests: readonly Manifest[]): JsonObject[] {
  return manifests.map(({ object }) => object);
}

function listOf(items: readonly JsonObject[]): string {
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

/** kubectl answers the object itself when there is one, and a list when there are several. */
function readApplied(text: string): AppliedResource[] {
  const answer = toJson(parseJson(text));
  const { items = undefined } = isJsonObject(answer) ? answer : {};
  const objects: readonly JsonValue[] = Array.isArray(items) ? items : [answer];
  return objects.flatMap((object) => {
    const metadata = isJsonObject(object) ? object["metadata"] : undefined;
    if (!isJsonObject(object) || !isJsonObject(metadata)) return [];
    const { apiVersion, kind } = object;
    const { name, namespace, uid } = metadata;
    if (typeof apiVersion !== "string" || typeof kind !== "string" || typeof name !== "string") return [];
    const identity = { apiVersion, kind, name, ...(typeof namespace === "string" && { namespace }) };
    return [toResource(identity, typeof uid === "string" ? uid : undefined)];
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApplyError("apply_error", "kubectl apply succeeded but did not answer JSON");
  }
}

/** `diff -u -N /tmp/LIVE-123/apps.v1.Deployment.default.web /tmp/MERGED-456/apps.v1.Deployment.default.web` */
function diffedFile(line: string): string[] {
  const file = /^diff .*\/LIVE-[^/]*\/([^/ ]+) /.exec(line)?.[1];
  return file === undefined ? [] : [file];
}

/** The file is called `[<group>.]<version>.<kind>.<namespace>.<name>`. */
function isFileOf(file: string, object: Manifest["object"]): boolean {
  const { apiVersion, kind, name } = identify(object);
  const prefix = `${apiVersion.replace("/", ".")}.${kind}.`;
  const suffix = `.${name}`;
  if (!file.startsWith(prefix) || !file.endsWith(suffix)) return false;
  // A namespace has no dots. The manifest need not tell which one the context adds.
  const namespace = file.slice(prefix.length, Math.max(prefix.length, file.length - suffix.length));
  const { namespace: declared } = object.metadata;
  return typeof declared === "string" && declared !== "" ? namespace === declared : !namespace.includes(".");
}
