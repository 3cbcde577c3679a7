import { isJsonObject } from "./json.js";
import type { JsonValue, KubernetesObject } from "./kubernetes-object.js";

const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const KIND = /^[A-Z][A-Za-z0-9]{0,62}$/;
const API_VERSION = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?v[0-9][a-z0-9]*$/;
/** Roles and bindings may have names such as `system:node`. */
const RBAC_NAME = /^(?!\.{1,2}$)[^/%]{1,253}$/;

/**
 * The checks of a cluster that most often refuse a manifest, for a directory used as a cluster. Returns why the object
 * is refused, or `undefined`.
 */
export function admissionProblem(object: KubernetesObject): string | undefined {
  const { apiVersion, kind, metadata } = object;
  if (!API_VERSION.test(apiVersion)) return `apiVersion ${quote(apiVersion)} is invalid`;
  if (!KIND.test(kind)) return `kind ${quote(kind)} is invalid`;
  const nameRule = apiVersion.startsWith("rbac.authorization.k8s.io/") ? RBAC_NAME : SUBDOMAIN;
  if (!nameRule.test(metadata.name)) return `${kind}: metadata.name ${quote(metadata.name)} is invalid`;
  const { namespace, labels, annotations } = metadata;
  const namespaceIsValid = namespace === undefined || namespace === null || namespace === "" || isLabel(namespace);
  if (!namespaceIsValid) return `${kind} ${metadata.name}: metadata.namespace ${quote(namespace)} is invalid`;
  if (!isTextMap(labels)) return `${kind} ${metadata.name}: metadata.labels must map names to text`;
  if (!isTextMap(annotations)) return `${kind} ${metadata.name}: metadata.annotations must map names to text`;
  return undefined;
}

function isLabel(value: JsonValue): boolean {
  return typeof value === "string" && LABEL.test(value);
}

function isTextMap(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null) return true;
  return isJsonObject(value) && Object.values(value).every((text) => typeof text === "string" || text === null);
}

function quote(value: JsonValue | undefined): string {
  return JSON.stringify(value)?.slice(0, 100) ?? "undefined";
}
