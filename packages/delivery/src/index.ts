export { abortable } from "./abortable.js";
export type { CircuitState } from "./circuit.js";
export type { CloudEvent, EncodeCloudEvents } from "./cloudevents/cloud-event.js";
export { createDelivery, type Delivery, type DeliveryConfig } from "./delivery.js";
export type { HistogramData } from "./duration-histogram.js";
export {
  cloudEventKey,
  type EncodeMessages,
  type EventMessagesOptions,
  eventMessages,
  type MessageContent,
  structuredContent,
} from "./event-messages.js";
export type { DeliveryFailure, DeliveryFailureKind } from "./failure.js";
export { decodeMessage, encodeMessage } from "./message-codec.js";
export type { DeliveryOptions, OverflowPolicy, RetryOptions } from "./options.js";
export { type Message, messageBytes } from "./ports/message.js";
export type { Outbox, OutboxRecord, OutboxRefusal, OutboxStats } from "./ports/outbox.js";
export type { DeliveryTime } from "./ports/time.js";
export type { SendResult, Transport } from "./ports/transport.js";
export { toError } from "./results.js";
export { createSink, type Sink, type SinkConfig } from "./sink.js";
export type { DeliveryStats, DropReason } from "./stats.js";
