import type { MetricDefinition } from "@alumiini/core/metrics";
import type { LabelValues, OpenMetricsContentType, Registry } from "prom-client";

/** A registry of either text format. */
export type AnyRegistry = Registry | Registry<OpenMetricsContentType>;

/** What a metric of ours is made of. */
export interface OwnOptions<K extends MetricDefinition["kind"]> {
  readonly definition: Extract<MetricDefinition, { readonly kind: K }>;
  readonly register: AnyRegistry;
}

/** What prom-client's `remove` takes: one object, or the values in the order of the label names. */
export type RemoveArguments = readonly (string | LabelValues<string>)[];

/** Answers the label values that `remove` was given, in the order of `labelNames`. */
export function labelValuesOf(labelNames: readonly string[], given: RemoveArguments): string[] {
  const [first] = given;
  if (typeof first === "object") return labelNames.map((name) => String(first[name]));
  return given.map(String);
}

/**
 * Makes prom-client's own ways to write a metric throw: what they would write has no place in our series, and a value
 * that silently appears nowhere is worse than an error.
 */
export function refuseWrites(metric: object, name: string, methods: readonly string[]): void {
  for (const method of methods) {
    Object.defineProperty(metric, method, {
      value: () => {
        throw new Error(`${name} is written by @alumiini/prometheus alone: ${method}() isn't available`);
      },
    });
  }
}
