import type { MetricDefinition, MetricSource } from "../definition.js";
import { ACTIVITY_METRICS } from "./activity.js";
import { PROCESS_METRICS } from "./process.js";
import { STATE_METRICS } from "./state.js";

/**
 * The catalogue: the metrics of ADR-004 section 3, and what its objectives need besides, as data. A metrics backend
 * keeps them with a `MetricsFeed`. No name or label of an entry ever changes.
 */
export const METRICS = /* @__PURE__ */ (() =>
  [...ACTIVITY_METRICS, ...STATE_METRICS, ...PROCESS_METRICS] as const satisfies readonly MetricDefinition[])();

/** The name of one of the {@link METRICS}. */
export type MetricName = (typeof METRICS)[number]["name"];

/** The unit of the metrics that measure how long an operation took. */
export type DurationUnit = "milliseconds" | "seconds";

/**
 * Returns the definitions with durations in the unit: ADR-004's names say milliseconds, Prometheus' convention is
 * seconds. Names, bounds and recorded values change together.
 */
export function inDurationUnit(
  definitions: readonly MetricDefinition[],
  unit: DurationUnit,
): readonly MetricDefinition[] {
  return unit === "milliseconds" ? definitions : definitions.map(inSeconds);
}

function inSeconds(definition: MetricDefinition): MetricDefinition {
  if (definition.kind !== "histogram" || definition.unit !== "ms") return definition;
  return {
    ...definition,
    name: definition.name.replace(/_milliseconds$/, "_seconds"),
    unit: "s",
    buckets: definition.buckets.map((bound) => bound / 1000),
    sources: definition.sources.map(scaled),
  };
}

function scaled(source: MetricSource): MetricSource {
  // Spreading each variant by itself keeps its own type of fields.
  if ("read" in source || typeof source.value === "number") return source;
  if ("events" in source) return { ...source, value: { field: source.value.field, scale: 0.001 } };
  if ("measurement" in source) return { ...source, value: { field: source.value.field, scale: 0.001 } };
  return { ...source, value: { field: source.value.field, scale: 0.001 } };
}
