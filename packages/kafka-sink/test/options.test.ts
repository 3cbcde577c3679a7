import { describe, expect, it } from "vitest";
import { type KafkaSinkOptions, kafkaSink } from "../src/index.js";

const brokers = ["127.0.0.1:1"];

describe("options that can't work are refused at once", () => {
  it.each<[string, Record<string, unknown>]>([
    ["either `producer` or `brokers`", { brokers, producer: { produce() {} } }],
    ["brokers must name one broker or more", { brokers: [] }],
    ["brokers must name one broker or more", { brokers: undefined }],
    ["brokers must name one broker or more", { brokers: ["kafka://admin:hunter2@kafka:9092"] }],
    ["producer must be one", { brokers: undefined, producer: {} }],
    ["topic must be", { topic: "" }],
    ["topic must be", { topic: "a b" }],
    ["topic must be", { topic: ".." }],
    ["topic must be", { topic: "x".repeat(250) }],
    ["topic must be", { topic: undefined }],
    ["acks must be", { acks: 0 }],
    ["idempotent needs acks", { idempotent: true, acks: 1 }],
    ["compression must be one of", { compression: "brotli" }],
    ["contentMode must be", { contentMode: "batched" }],
    ['option "maxQueueMessages" is 0; it must be', { maxQueueMessages: 0 }],
  ])("%s", (message, options) => {
    const all = { brokers, topic: "events", ...options } as unknown;
    expect(() => kafkaSink(all as KafkaSinkOptions)).toThrow(new RegExp(message.replace(/[`]/g, ".")));
    expect(() => kafkaSink(all as KafkaSinkOptions)).toThrow(TypeError);
    expect(() => kafkaSink(all as KafkaSinkOptions)).not.toThrow(/hunter2/);
  });
});
