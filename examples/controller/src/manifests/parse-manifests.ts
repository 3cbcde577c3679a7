import { parseAllDocuments, type ScalarTag } from "yaml";
import type { Problem } from "../errors.js";
import { isJsonObject, toJson } from "./json.js";
import {
  groupOf,
  identify,
  identityKey,
  type JsonObject,
  type JsonValue,
  type KubernetesObject,
  type Manifest,
} from "./kubernetes-object.js";

/** A file that may hold manifests. */
export interface ManifestFile {
  /** Path inside the repository. */
  readonly path: string;
  readonly text: string;
}

/** Why a document is left out without being wrong. */
export type IgnoredReason = "not_kubernetes" | "kustomize" | "template" | "generated_name" | "duplicate";

/** What a set of files holds. */
export interface ParsedManifests {
  /** In the order in which they should be applied. */
  readonly manifests: readonly Manifest[];
  /** Documents left out, by reason. */
  readonly ignored: Readonly<Partial<Record<IgnoredReason, number>>>;
  /** What cannot be read. A set with problems is not to be applied. */
  readonly problems: readonly Problem[];
}

/** What Helm, Jinja, envsubst and the like put where a value will be. */
const PLACEHOLDER = /\{\{|\{%|\$\{/;

/** Aliases resolved in one document: more are an attempt to make it explode. */
const MAX_ALIASES = 100;

/** `0644` is octal for a cluster, as it was in YAML 1.1; file modes depend on it. */
const LEGACY_OCTAL: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  test: /^[-+]?0[0-7]+$/,
  resolve: (text) => Number.parseInt(text, 8),
};

/**
 * Reads the manifests in a set of files. Documents that are not Kubernetes objects are counted and left out; of an
 * object that stands in the set twice the last one counts, in the order of the files.
 *
 * @param onFile is told of every file before it is parsed.
 */
export function parseManifests(
  files: readonly ManifestFile[],
  onFile: (path: string) => void = () => {},
): ParsedManifests {
  const manifests = new Map<string, Manifest>();
  const ignored: Partial<Record<IgnoredReason, number>> = {};
  const problems: Problem[] = [];
  const ignore = (reason: IgnoredReason) => {
    ignored[reason] = (ignored[reason] ?? 0) + 1;
  };

  for (const file of files) {
    onFile(file.path);
    try {
      for (const value of parseFile(file).flatMap(expandList)) {
        const found = toKubernetesObject(value);
        if (typeof found === "string") {
          ignore(found);
          continue;
        }
        const key = identityKey(identify(found));
        if (manifests.delete(key)) ignore("duplicate");
        manifests.set(key, { object: found, file: file.path });
      }
    } catch (error) {
      if (error instanceof TemplateError) ignore("template");
      else problems.push({ file: file.path, message: error instanceof Error ? error.message : String(error) });
    }
  }
  return { manifests: [...manifests.values()].sort(byApplyOrder), ignored, problems };
}

/** A file that is no YAML yet, because a template engine has to make it so. */
class TemplateError extends Error {}

function parseFile({ path, text }: ManifestFile): JsonValue[] {
  if (path.endsWith(".json")) return [toJson(JSON.parse(text))];
  const documents = parseAllDocuments(text, {
    merge: true,
    resolveKnownTags: false,
    customTags: (tags) => [LEGACY_OCTAL, ...tags],
    logLevel: "error",
  });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) {
      if (PLACEHOLDER.test(lineAt(text, error.pos[0]))) throw new TemplateError();
      throw new SyntaxError(error.message.split("\n", 1)[0]?.replace(/:$/, ""));
    }
    // What stands between two `---` may be nothing but comments.
    return document.contents === null ? [] : [toJson(document.toJS({ maxAliasCount: MAX_ALIASES }))];
  });
}

function lineAt(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", offset);
  return text.slice(start, end < 0 ? undefined : end);
}

/** `kubectl get -o yaml` answers lists: their items are the objects. */
function expandList(value: JsonValue): JsonValue[] {
  if (!isJsonObject(value)) return [value];
  const { apiVersion, kind, items } = value;
  const isList = typeof apiVersion === "string" && typeof kind === "string" && kind.endsWith("List");
  return isList && Array.isArray(items) ? items.flatMap(expandList) : [value];
}

function toKubernetesObject(value: JsonValue): KubernetesObject | IgnoredReason {
  if (!isJsonObject(value)) return "not_kubernetes";
  const { apiVersion, kind, metadata } = value;
  if (typeof apiVersion !== "string" || typeof kind !== "string") return "not_kubernetes";
  if (groupOf(apiVersion) === "kustomize.config.k8s.io") return "kustomize";
  // Configuration of kubeadm, kind, skaffold and others looks like an object but is never sent to a cluster.
  if (metadata === undefined || metadata === null) return "not_kubernetes";
  if (!isJsonObject(metadata)) throw new TypeError(`${kind}: metadata must be a mapping`);
  if (hasPlaceholder(apiVersion, kind, metadata["name"], metadata["namespace"])) return "template";
  const { name } = metadata;
  if (name === undefined && typeof metadata["generateName"] === "string") return "generated_name";
  if (typeof name !== "string" || name === "") throw new TypeError(`${kind}: metadata.name must be a non-empty string`);
  return withName(value, apiVersion, kind, metadata, name);
}

function withName(
  value: JsonObject,
  apiVersion: string,
  kind: string,
  metadata: JsonObject,
  name: string,
): KubernetesObject {
  return { ...value, apiVersion, kind, metadata: { ...metadata, name } };
}

/** Also where the placeholder happens to be a YAML mapping: `name: {{ name }}`. */
function hasPlaceholder(...values: (JsonValue | undefined)[]): boolean {
  return values.some((value) =>
    typeof value === "string" ? PLACEHOLDER.test(value) : isJsonObject(value) && Object.keys(value)[0]?.startsWith("{"),
  );
}

/** Namespaces and kinds must be there before the objects that need them. */
const FIRST_KINDS = ["Namespace", "CustomResourceDefinition"];

function byApplyOrder(a: Manifest, b: Manifest): number {
  return rank(a) - rank(b);
}

function rank({ object }: Manifest): number {
  const index = FIRST_KINDS.indexOf(object.kind);
  return index < 0 ? FIRST_KINDS.length : index;
}
