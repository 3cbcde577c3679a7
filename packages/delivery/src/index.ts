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
export {
  type EncodeMessages,
  type EventMessagesOptions,
  eventMessages,
  repositoryKey,
} from "./event-messages.js";
export type { DeliveryFailure, DeliveryFailureKind } from "./failure.js";
export {
  DELIVERY_RULES,
  type DeliveryOptions,
  deliveryOptionsOf,
  type OverflowPolicy,
  type RetryOptions,
} from "./options.js";
export { type AcceptedMessage, decodeAccepted, decodeMessage, encodeMessage } from "./outbox/message-codec.js";
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
export type { DeliveryTime } from "./ports/time.js";
export { type LinkState, type SendResult, type Transport, toError } from "./ports/transport.js";
export { outsideContext } from "./process/context.js";
export { createDelivery } from "./runtime.js";
export { abortable } from "./sending/attempt.js";
export { createSink, type Sink, type SinkConfig } from "./sink.js";
export type { CircuitState, DeliveryStats, DropReason, HistogramData } from "./stats.js";
