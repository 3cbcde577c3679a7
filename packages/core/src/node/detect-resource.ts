import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { RESOURCE_ATTRIBUTE_NAMES } from "../event/attributes.js";

/** What `detectResource` takes. */
export interface DetectResourceOptions {
  /** Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `service.name` where the environment doesn't say. Default `"alumiini"` (ADR-004 section 2). */
  readonly serviceName?: string;
  /** `service.version` where the environment doesn't say. */
  readonly serviceVersion?: string;
  /** Where the pod's namespace is mounted. Default: the service account's directory. */
  readonly namespaceFile?: string;
}

/** OpenTelemetry resource attributes of this process. */
export type DetectedResource = Readonly<Record<string, string>>;

const NAMESPACE_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/**
 * Reads the resource attributes of ADR-004 section 2 from the environment: what OpenTelemetry defines
 * (`OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`) first, then the variables that a pod gets through the downward API
 * by the usual names: `POD_NAME`, `POD_NAMESPACE`, `POD_UID`, `NODE_NAME`, and `CLUSTER_NAME`. What isn't known is
 * left out; nothing throws.
 *
 * @example
 * ```ts
 * import { createTelemetry } from "@alumiini/core";
 * import { detectResource } from "@alumiini/core/node";
 *
 * const resource = detectResource({ serviceVersion: "1.4.0" });
 * const telemetry = createTelemetry({ clusterId: resource["k8s.cluster.name"] ?? "local", resource });
 * ```
 */
export function detectResource(options: DetectResourceOptions = {}): DetectedResource {
  const env = options.env ?? process.env;
  const names = RESOURCE_ATTRIBUTE_NAMES;
  const inCluster = env["KUBERNETES_SERVICE_HOST"] !== undefined;
  const podName = env["POD_NAME"] ?? env["K8S_POD_NAME"] ?? (inCluster ? env["HOSTNAME"] : undefined);
  const found: Record<string, string | undefined> = {
    [names.serviceName]: options.serviceName ?? "alumiini",
    [names.serviceVersion]: options.serviceVersion,
    [names.serviceInstanceId]: env["POD_UID"] ?? podName ?? `${hostname()}-${randomUUID().slice(0, 8)}`,
    [names.clusterName]: env["CLUSTER_NAME"] ?? env["K8S_CLUSTER_NAME"],
    [names.namespaceName]:
      env["POD_NAMESPACE"] ?? env["K8S_NAMESPACE"] ?? readNamespace(options.namespaceFile ?? NAMESPACE_FILE),
    [names.podName]: podName,
    [names.nodeName]: env["NODE_NAME"] ?? env["K8S_NODE_NAME"],
    ...parseResourceAttributes(env["OTEL_RESOURCE_ATTRIBUTES"] ?? ""),
    ...(env["OTEL_SERVICE_NAME"] && { [names.serviceName]: env["OTEL_SERVICE_NAME"] }),
  };
  const known = Object.entries(found).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return Object.freeze(Object.fromEntries(known));
}

/** `key=value,key=value`, values percent-encoded (OpenTelemetry resource SDK specification). */
function parseResourceAttributes(text: string): Record<string, string> {
  const pairs = text.split(",").map((pair) => pair.split(/=(.*)/s, 2).map((part) => part.trim()));
  const attributes: Record<string, string> = {};
  for (const [name, value] of pairs) {
    if (name && value && name !== "__proto__") attributes[name] = decode(value);
  }
  return attributes;
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value; // Not percent-encoded: taken as it stands.
  }
}

function readNamespace(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined; // Not in a pod.
  }
}
