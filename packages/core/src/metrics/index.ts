export { type DurationUnit, inDurationUnit, METRICS, type MetricName } from "./catalogue/index.js";
export { OTHER_ERROR_TYPE } from "./catalogue/shared.js";
export {
  type CompiledMetrics,
  compileMetrics,
  type MetricRecorder,
  UNKNOWN_LABEL_VALUE,
} from "./compile.js";
export {
  type CounterDefinition,
  fromDerived,
  fromEvents,
  fromMeasurement,
  type GaugeDefinition,
  type HistogramDefinition,
  type LabelSource,
  type MetricDefinition,
  type MetricSource,
} from "./definition.js";
export type { Derived, DerivedKind, DerivedOf } from "./derived.js";
export { type RepositoryReading, type RepositoryReadings, RepositoryState } from "./repository-state.js";
