import { type AnyFields, type AppliedResource, type EventIdentity, TAXONOMY } from "@alumiini/core";
import type { Settings } from "./options.js";
import { endpointOf, type Remote } from "./remote.js";
import { entityTypeOf } from "./vocabulary.js";

/** A node of the graph that TAPIO and AHTI build. */
export interface ModelEntity {
  /** One of TAPIO's, or another Kubernetes kind in lower case. */
  readonly type: string;
  /** `<namespace>/<name>`, or the name alone for what is in no namespace. Unique among its type in its cluster. */
  readonly id: string;
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
}

/** An edge of that graph. */
export interface ModelRelationship {
  readonly type: "manages" | "connects_to";
  readonly source: ModelEntity;
  readonly target: ModelEntity;
}

/** The nodes and edges that one event names. */
export interface Graph {
  /** The repository first: it is what TAPIO calls a deployment. */
  readonly entities: readonly [ModelEntity, ...ModelEntity[]];
  readonly relationships: readonly ModelRelationship[];
}

/** Applied objects that one event lists. A message has to fit into 1 MiB, three times over for each object. */
const MAX_LISTED_RESOURCES = 200;

/** An event with every field that some event may have. */
export type Fields = EventIdentity & AnyFields;

/** The repository, the controller's pod and node, the git remote, and the objects that were applied or differ. */
export function graphOf(event: Fields, { pod, node }: Settings, remote: Remote | undefined): Graph {
  const deployment = entity("deployment", event.repoName, event.namespace, repositoryAttributes(event));
  const entities: [ModelEntity, ...ModelEntity[]] = [deployment];
  const relationships: ModelRelationship[] = [];
  // TAPIO's command line shows the first pod of an occurrence, so the controller's pod comes before applied pods.
  if (pod !== undefined) entities.push(entity("pod", pod.name, pod.namespace));
  if (node !== undefined) entities.push(entity("node", node, undefined));
  if (remote !== undefined) {
    const endpoint = entity("endpoint", endpointOf(remote), undefined, addressOf(remote));
    entities.push(endpoint);
    relationships.push({ type: "connects_to", source: deployment, target: endpoint });
  }
  const known = new Set(entities.map(keyOf));
  for (const resource of resourcesOf(event)) {
    const target = entity(entityTypeOf(resource.kind), resource.name, resource.namespace, {
      kind: resource.kind,
      ...(resource.uid !== undefined && { uid: resource.uid }),
    });
    // An object listed twice; or a Deployment called as its repository, of which TAPIO has one node.
    if (known.has(keyOf(target))) continue;
    known.add(keyOf(target));
    entities.push(target);
    relationships.push({ type: "manages", source: deployment, target });
  }
  return { entities, relationships };
}

/** The object of Kubernetes that an event is about. */
export interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
  /** The event's type as Kubernetes writes reasons, such as `SyncFailed`. */
  readonly reason: string;
}

/** The object that differs from git; for syncs and applies the repository, as the deployment that it is to TAPIO. */
export function subjectOf(event: Fields): Subject | undefined {
  const { operation } = TAXONOMY[event.type];
  if (operation !== "sync" && operation !== "apply" && operation !== "drift") return undefined;
  const drifted = event.resourceKey === undefined ? undefined : fromResourceKey(event.resourceKey);
  const object = drifted ?? { kind: "Deployment", name: event.repoName, namespace: event.namespace };
  return { ...object, reason: event.type.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase()) };
}

function entity(
  type: string,
  name: string,
  namespace: string | undefined,
  attributes: Readonly<Record<string, string>> = {},
): ModelEntity {
  return { type, id: namespace === undefined ? name : `${namespace}/${name}`, name, namespace, attributes };
}

function keyOf({ type, id }: ModelEntity): string {
  return `${type} ${id}`;
}

function resourcesOf({ resources, resourceKey }: Fields): readonly AppliedResource[] {
  if (resources !== undefined) return resources.slice(0, MAX_LISTED_RESOURCES);
  const resource = resourceKey === undefined ? undefined : fromResourceKey(resourceKey);
  return resource === undefined ? [] : [resource];
}

/** Reads `<kind>/<namespace>/<name>` or `<kind>/<name>`; no name of Kubernetes holds a slash. */
function fromResourceKey(key: string): AppliedResource | undefined {
  const parts = key.split("/");
  const [kind = "", second = "", third] = parts;
  if (parts.length > 3 || kind === "" || second === "" || third === "") return undefined;
  return third === undefined ? { kind, name: second } : { kind, namespace: second, name: third };
}

function repositoryAttributes({ repoUrl, repoPath, branch, commit }: Fields): Record<string, string> {
  return {
    ...(repoUrl !== undefined && { repo_url: repoUrl }),
    ...(repoPath !== undefined && { repo_path: repoPath }),
    ...(branch !== undefined && { branch }),
    ...(commit !== undefined && { commit }),
  };
}

function addressOf({ address, port }: Remote): Record<string, string> {
  return {
    ...(address !== undefined && { address }),
    ...(port !== undefined && { port: String(port) }),
  };
}
