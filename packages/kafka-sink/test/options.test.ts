import { OptionError } from "@alumiini/core/adapter";
import { describe, expect, it } from "vitest";
import { type KafkaSinkOptions, kafkaSink } from "../src/index.js";

const brokers = ["127.0.0.1:1"];

describe("options that can't work are refused at once", () => {
  it.each<[string, Record<string, unknown>]>([
    ["must be given, and not both", { brokers, producer: { connect() {}, produce() {}, classify() {} } }],
    ["must be given, and not both", { brokers: undefined }],
    ["must be a list of one or more", { brokers: [] }],
    ["must be a list of one or more", { brokers: ["kafka://admin:hunter2@kafka:9092"] }],
    ["must be a producer", { brokers: undefined, producer: {} }],
    ["it must be 1 to 249 of", { topic: "" }],
    ["it must be 1 to 249 of", { topic: "a b" }],
    ["it must be 1 to 249 of", { topic: ".." }],
    ["it must be 1 to 249 of", { topic: "x".repeat(250) }],
    ["option .topic. is missing", { topic: undefined }],
    ["acks. is 0; it must be -1", { acks: 0 }],
    ["idempotent. needs acks", { idempotent: true, acks: 1 }],
    ["compression. is .brotli.", { compression: "brotli" }],
    ["contentMode. is .batched.", { contentMode: "batched" }],
    ['option "tpic" is unknown; did you mean "topic"', { tpic: "x" }],
    ['option "maxQueueMessages" is 0; it must be', { maxQueueMessages: 0 }],
  ])("%s", (message, options) => {
    const all = { brokers, topic: "events", ...options } as unknown;
    expect(() => kafkaSink(all as KafkaSinkOptions)).toThrow(new RegExp(message.replace(/[`]/g, ".")));
    expect(() => kafkaSink(all as KafkaSinkOptions)).toThrow(OptionError);
    expect(() => kafkaSink(all as KafkaSinkOptions)).not.toThrow(/hunter2/);
  });
});
