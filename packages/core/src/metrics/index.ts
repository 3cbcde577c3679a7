export { type DurationUnit, inDurationUnit, METRICS, type MetricName } from "./catalogue/index.js";
export { DELIVERY_BUCKETS, OTHER_ERROR_TYPE } from "./catalogue/shared.js";
export {
  type CompiledMetrics,
  compileMetrics,
  type MetricRecorder,
  UNKNOWN_LABEL_VALUE,
} from "./compile.js";
export {
  type BackendReading,
  type CounterDefinition,
  fromDerived,
  fromEvents,
  fromMeasurement,
  type GaugeDefinition,
  type HistogramDefinition,
  type LabelSource,
  type MetricDefinition,
  type MetricSource,
  type SinkReading,
} from "./definition.js";
export type { Derived, DerivedKind, DerivedOf } from "./derived.js";
export { type MetricsBackend, MetricsFeed, type MetricsFeedOptions } from "./feed.js";
export {
  DEFAULT_LABEL_LIMITS,
  type LabelLimitOptions,
  LabelLimits,
  MAX_ERROR_TYPES,
  OVERFLOW_LABEL_VALUE,
} from "./label-limits.js";
export { OPT_IN_LABELS, type OptInLabel, withOptInLabels } from "./opt-in-labels.js";
export {
  type KnownRepository,
  NO_ERROR,
  Repositories,
  type RepositoriesOptions,
  type RepositoryDetails,
  repositoryLabelValue,
} from "./repositories.js";
export {
  type RepositoryIdentity,
  type RepositoryReading,
  type RepositoryReadings,
  RepositoryState,
} from "./repository-state.js";
export { SHARED_READINGS } from "./worst-reading.js";
