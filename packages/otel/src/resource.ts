import { type DetectResourceOptions, detectResource } from "@alumiini/core/node";

/**
 * Returns the resource attributes of ADR-004 section 2: `service.*` and `k8s.*`, as `detectResource` of
 * `@alumiini/core/node` finds them in the environment. What isn't known is left out. Merge them into the SDK's default
 * resource, which has the `telemetry.sdk.*` attributes that the conventions require.
 *
 * @example
 * ```ts
 * import { alumiiniResource } from "@alumiini/otel";
 *
 * const attributes = alumiiniResource({ serviceVersion: "1.4.0" });
 * // new NodeSDK({ resource: defaultResource().merge(resourceFromAttributes(attributes)), autoDetectResources: false })
 * ```
 */
export function alumiiniResource(options: DetectResourceOptions = {}): Record<string, string> {
  return { ...detectResource(options) };
}
