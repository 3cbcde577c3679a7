import { recordFailures } from "@alumiini-internal/test-support/sinks";
import { until } from "@alumiini-internal/test-support/until";
import { expect, it, vi } from "vitest";
import { kafkaSink } from "../src/index.js";
import { eventOf } from "./support.js";

vi.mock("kafkajs", () => {
  throw new Error("Cannot find package 'kafkajs'");
});

it("where kafkajs is not installed, `brokers` says so, and the caller goes on", async () => {
  const { messages, onFailure } = recordFailures();
  const sink = kafkaSink({ brokers: ["127.0.0.1:1"], topic: "events", onFailure });
  sink.handle(eventOf("my-app"));
  await until(() => messages.length > 0);
  expect(messages[0]).toContain("`brokers` needs the package kafkajs: install it, or pass a `producer`");
  expect(sink.stats()).toMatchObject({ accepted: 1, pending: 1 });
  await sink.close();
});
