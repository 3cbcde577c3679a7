export type { CloudEvent, EncodeCloudEvents } from "./encode.js";
export type { Message } from "./message.js";
export type { Outbox, OutboxRecord, OutboxRefusal, OutboxStats } from "./outbox.js";
export type { SendResult, Transport } from "./transport.js";
