export type { ContentMode } from "@alumiini/delivery";
export type { NatsConnection } from "./client.js";
export type { ConnectFunction, GivenServers } from "./connect.js";
export { type EnsuredStream, ensureStream, type StreamOptions } from "./ensure-stream.js";
export { type GivenConnection, type NatsSinkOptions, type NatsSinkSettings, natsSink } from "./nats-sink.js";
export { eventSubject, type SubjectOf, subjectToken } from "./subject.js";
