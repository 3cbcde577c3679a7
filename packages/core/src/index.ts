export { createTelemetry } from "./emitter/create-telemetry.js";
export type { FailureReport } from "./emitter/failure.js";
export { describeFailure } from "./emitter/failure.js";
export { FlushError, type FlushFailure } from "./emitter/flush.js";
export type {
  ChildFields,
  CompleteFields,
  FailDetails,
  FailFields,
  OperationHandle,
  StartFields,
} from "./emitter/operation.js";
export type {
  DropReason,
  HandleContext,
  OperationContext,
  OperationStart,
  Subscriber,
  SubscriberStats,
  Subscription,
} from "./emitter/subscriber.js";
export type {
  Clock,
  FlushOptions,
  RelayOptions,
  RelayResult,
  RelayStats,
  StoredOptions,
  Telemetry,
  TelemetryOptions,
  TelemetryStats,
} from "./emitter/telemetry.js";
export { classifyError, type ErrorClassifier, type ErrorContext } from "./error/classify-error.js";
export { ENVIRONMENT_ATTRIBUTE, isCancelled } from "./event/attributes.js";
export type {
  AluminiEvent,
  AnyFields,
  AppliedResource,
  Attributes,
  AttributeValue,
  EmitFields,
  EventIdentity,
  EventOf,
} from "./event/event.js";
export { LIMITS } from "./event/limits.js";
export {
  MEASUREMENT_KINDS,
  type Measurement,
  type MeasurementFields,
  type MeasurementKind,
  type MeasurementOf,
} from "./event/measurement.js";
export {
  type AllowedOutcome,
  type AllowedSeverity,
  EVENT_TYPES,
  type EventType,
  type OperationName,
  TAXONOMY,
  type TaxonomyEntry,
} from "./event/taxonomy.js";
export {
  CANCELLED,
  ERROR_TYPES,
  type ErrorType,
  type KnownErrorType,
  OUTCOMES,
  type Outcome,
  PROVIDERS,
  SEVERITIES,
  type Severity,
  TRIGGERS,
  type Trigger,
  type WebhookProvider,
} from "./event/vocabulary.js";
export { redactText, redactUrl } from "./redact/redact.js";
export { parseWire, toWire, type WireError, type WireEvent, type WireResult } from "./wire/wire.js";
