export { abortable } from "./abortable.js";
export type { CircuitState } from "./circuit.js";
export { createDelivery, type Delivery, type DeliveryConfig } from "./delivery.js";
export type { HistogramData } from "./duration-histogram.js";
export type { CloudEvent, EncodeCloudEvents } from "./encode.js";
export {
  cloudEventKey,
  type EncodeMessages,
  type EventMessagesOptions,
  eventMessages,
  type MessageContent,
  structuredContent,
} from "./event-messages.js";
export type { DeliveryFailure, DeliveryFailureKind } from "./failure.js";
export { type Message, messageBytes } from "./message.js";
export { decodeMessage, encodeMessage } from "./message-codec.js";
export type { DeliveryOptions, OverflowPolicy, RetryOptions } from "./options.js";
export type { Outbox, OutboxRecord, OutboxRefusal, OutboxStats } from "./outbox.js";
export { toError } from "./results.js";
export { createSink, type Sink, type SinkConfig } from "./sink.js";
export type { DeliveryStats, DropReason } from "./stats.js";
export type { DeliveryTime } from "./time.js";
export type { SendResult, Transport } from "./transport.js";
