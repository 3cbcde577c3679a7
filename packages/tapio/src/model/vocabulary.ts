/**
 * The values that TAPIO and AHTI know, each list in the order of the numbers in AHTI's contract (`ahti.v1`), so that an
 * index is the number. TapioEvents use the same words in lower case; AHTI's JSON puts a prefix before them.
 */
export const TAPIO_TYPES = [
  "unspecified",
  "network",
  "kernel",
  "container",
  "deployment",
  "pod",
  "service",
  "volume",
  "config",
  "health",
  "performance",
  "resource",
  "cluster",
  "signal",
] as const;

export const TAPIO_SEVERITIES = ["unspecified", "debug", "info", "warning", "error", "critical"] as const;

export const TAPIO_OUTCOMES = ["unspecified", "success", "failure", "timeout", "unknown"] as const;

export const ENTITY_TYPES = [
  "unspecified",
  "pod",
  "container",
  "node",
  "deployment",
  "statefulset",
  "daemonset",
  "service",
  "endpoint",
  "configmap",
  "secret",
  "pvc",
  "namespace",
] as const;

export const RELATIONSHIP_TYPES = [
  "unspecified",
  "connects_to",
  "depends_on",
  "owns",
  "exposes",
  "mounts",
  "scheduled_on",
  "manages",
  "uses",
  "causes",
] as const;

/** The version of the FALSE protocol that occurrences name. */
export const PROTOCOL_VERSION = "1.0";

/** TAPIO abbreviates one kind of Kubernetes and uses the singular for another. */
const KIND_ALIASES: Readonly<Record<string, string>> = { persistentvolumeclaim: "pvc", endpoints: "endpoint" };

/** A Kubernetes kind as TAPIO writes it: `StatefulSet` becomes `statefulset`. */
export function entityTypeOf(kind: string): string {
  const lower = kind.toLowerCase();
  return Object.hasOwn(KIND_ALIASES, lower) ? (KIND_ALIASES[lower] ?? lower) : lower;
}

/** Whether TAPIO and AHTI have a type for such an entity; `unspecified` is none. */
export function isKnownEntityType(type: string): boolean {
  return ENTITY_TYPES.some((known, index) => index > 0 && known === type);
}
