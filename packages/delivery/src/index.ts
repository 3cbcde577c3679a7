export { abortable } from "./abortable.js";
export type { CircuitState } from "./circuit.js";
export {
  BATCH_CONTENT_TYPE,
  type BindingRules,
  batchBody,
  type CloudEventsBinding,
  type ContentMode,
  cloudEventKey,
  cloudEventsBinding,
  percentEncode,
  STRUCTURED_TYPE,
} from "./cloudevents/binding.js";
export type { CloudEvent, EncodeCloudEvents } from "./cloudevents/cloud-event.js";
export type { Delivery, DeliveryConfig } from "./delivery.js";
export type { HistogramData } from "./duration-histogram.js";
export {
  type EncodeMessages,
  type EventMessagesOptions,
  eventMessages,
  repositoryKey,
} from "./event-messages.js";
export type { DeliveryFailure, DeliveryFailureKind } from "./failure.js";
export { decodeMessage, encodeMessage } from "./message-codec.js";
export type { DeliveryOptions, OverflowPolicy, RetryOptions } from "./options.js";
export { type Message, type MessageContent, messageBytes } from "./ports/message.js";
export type {
  DeadLetterRecord,
  Outbox,
  OutboxOpenOptions,
  OutboxRecord,
  OutboxRefusal,
  OutboxState,
  OutboxStats,
} from "./ports/outbox.js";
export { toError } from "./ports/results.js";
export type { DeliveryTime } from "./ports/time.js";
export type { SendResult, Transport } from "./ports/transport.js";
export { createDelivery } from "./runtime.js";
export { createSink, type Sink, type SinkConfig } from "./sink.js";
export type { DeliveryStats, DropReason } from "./stats.js";
