import type { AppliedResource } from "@alumiini/core";

/** What JSON can hold: all that a cluster takes. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** An object for the cluster, with as much checked as every target relies on. */
export interface KubernetesObject extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: JsonObject & { readonly name: string };
}

/** An object and the file it stands in. */
export interface Manifest {
  readonly object: KubernetesObject;
  /** Path inside the repository. */
  readonly file: string;
}

/** What tells an object from every other. */
export interface ObjectIdentity {
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent for cluster-scoped objects. */
  readonly namespace?: string;
  readonly name: string;
}

const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  "APIService",
  "CertificateSigningRequest",
  "ClusterIssuer",
  "ClusterRole",
  "ClusterRoleBinding",
  "CSIDriver",
  "CSINode",
  "CustomResourceDefinition",
  "FlowSchema",
  "GatewayClass",
  "IngressClass",
  "MutatingWebhookConfiguration",
  "Namespace",
  "Node",
  "PersistentVolume",
  "PriorityClass",
  "PriorityLevelConfiguration",
  "RuntimeClass",
  "StorageClass",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "ValidatingWebhookConfiguration",
  "VolumeAttachment",
]);

/** Who the object is. An object that names no namespace goes to `default`, unless its kind is known to have none. */
export function identify(object: KubernetesObject): ObjectIdentity {
  const { apiVersion, kind, metadata } = object;
  const identity = { apiVersion, kind, name: metadata.name };
  if (CLUSTER_SCOPED.has(kind)) return identity;
  const { namespace } = metadata;
  return { ...identity, namespace: typeof namespace === "string" && namespace !== "" ? namespace : "default" };
}

/** One string for each object, the same for every version of its API group. */
export function identityKey({ apiVersion, kind, namespace, name }: ObjectIdentity): string {
  return [groupOf(apiVersion), kind, namespace ?? "", name].join("/");
}

/** The API group; `""` for the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/** How telemetry names the object. */
export function toResource({ kind, namespace, name }: ObjectIdentity, uid?: string): AppliedResource {
  return {
    kind,
    name,
    ...(namespace !== undefined && { namespace }),
    ...(uid !== undefined && { uid }),
  };
}
