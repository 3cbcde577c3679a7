import { type DetectResourceOptions, detectResource } from "@alumiini/core/node";

/**
 * The resource attributes of ADR-004 section 2, for the resource of your SDK: `service.*` and `k8s.*`, as
 * `detectResource` of `@alumiini/core/node` finds them in the environment. What isn't known is left out.
 *
 * @example
 * ```ts
 * import { alumiiniResource } from "@alumiini/otel";
 *
 * const attributes = alumiiniResource({ serviceVersion: "1.4.0" });
 * // new NodeSDK({ resource: resourceFromAttributes(attributes) })
 * ```
 */
export function alumiiniResource(options: DetectResourceOptions = {}): Record<string, string> {
  return { ...detectResource(options) };
}
