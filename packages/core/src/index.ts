export {
  ATTRIBUTE_NAMES,
  DURATION_ATTRIBUTE_NAMES,
  RESOURCE_ATTRIBUTE_NAMES,
  resourceKeyOf,
  toAttributes,
} from "./attributes.js";
export { toIdentifier } from "./checks.js";
export { classifyError, type ErrorClassifier, type ErrorContext } from "./classify-error.js";
export { createTelemetry } from "./create-telemetry.js";
export { describeFailure } from "./describe-failure.js";
export type {
  AluminiEvent,
  AnyFields,
  AppliedResource,
  Attributes,
  AttributeValue,
  EmitFields,
  ErrorType,
  EventIdentity,
  EventOf,
  KnownErrorType,
  Outcome,
  Severity,
  Trigger,
  WebhookProvider,
} from "./event.js";
export { EVENT_TYPES, type EventType, OUTCOMES, PROVIDERS, SEVERITIES, TRIGGERS } from "./event-types.js";
export type { FailureReport } from "./failure.js";
export { FlushError, type FlushFailure } from "./flush.js";
export { LIMITS } from "./limits.js";
export {
  MEASUREMENT_KINDS,
  type Measurement,
  type MeasurementFields,
  type MeasurementKind,
  type MeasurementOf,
} from "./measurement.js";
export { type DurationUnit, inDurationUnit, METRICS, type MetricName } from "./metrics.js";
export {
  type CompiledMetrics,
  compileMetrics,
  type MetricRecorder,
  UNKNOWN_LABEL_VALUE,
} from "./metrics-compile.js";
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
} from "./metrics-definition.js";
export type { Derived, DerivedKind, DerivedOf } from "./metrics-derived.js";
export { ERROR_TYPES, OTHER_ERROR_TYPE } from "./metrics-labels.js";
export { type RepositoryReading, type RepositoryReadings, RepositoryState } from "./metrics-repository.js";
export type { ChildFields, CompleteFields, FailFields, OperationHandle, StartFields } from "./operation.js";
export { redactText, redactUrl } from "./redact.js";
export type {
  DropReason,
  OperationContext,
  OperationStart,
  Subscriber,
  SubscriberStats,
  Subscription,
} from "./subscriber.js";
export {
  type AllowedOutcome,
  type AllowedSeverity,
  type OperationName,
  TAXONOMY,
  type TaxonomyEntry,
} from "./taxonomy.js";
export type { Clock, FlushOptions, Telemetry, TelemetryOptions, TelemetryStats } from "./telemetry.js";
export { parseWire, toWire, type WireError, type WireEvent, type WireResult } from "./wire.js";
