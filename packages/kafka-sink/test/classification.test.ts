import { AuthenticationError, MultipleErrors, NetworkError, ProtocolError, UserError } from "@platformatic/kafka";
import { KafkaJSConnectionError, KafkaJSNonRetriableError, KafkaJSProtocolError } from "kafkajs";
import { describe, expect, it } from "vitest";
import { classifyClientError } from "../src/clients/classification.js";

const coded = (code: number | string, message = "said so") => Object.assign(new Error(message), { code });

describe("an error of a client", () => {
  it.each([
    ["KafkaJS calls it final, its cause is not", finalBecause(new KafkaJSConnectionError("ECONNREFUSED")), "retry"],
    ["KafkaJS: a leader moved", protocolError(6, "NOT_LEADER_FOR_PARTITION"), "retry"],
    ["KafkaJS: too large", finalBecause(protocolError(10, "MESSAGE_TOO_LARGE")), "poison"],
    ["KafkaJS: not allowed", protocolError(29, "TOPIC_AUTHORIZATION_FAILED"), "misconfigured"],
    ["platformatic: no broker", new MultipleErrors("Cannot connect.", [new NetworkError("refused")]), "retry"],
    ["platformatic: invalid record", new MultipleErrors("failed", [new ProtocolError("INVALID_RECORD")]), "poison"],
    ["platformatic: credentials", new AuthenticationError("no"), "misconfigured"],
    ["platformatic: no topic", new UserError("Unknown topic events."), "misconfigured"],
    ["librdkafka: no topic", coded(-188), "misconfigured"],
    ["librdkafka: timed out", coded(-192), "retry"],
    ["librdkafka: transport", coded(-195), "retry"],
    ["librdkafka: credentials", coded(-169), "misconfigured"],
    ["librdkafka: too large", coded(10), "poison"],
    ["a code that nobody knows", coded(12_345), "retry"],
    ["no error at all", "just a text", "retry"],
    ["nothing", undefined, "retry"],
  ])("%s", (_case, error, verdict) => {
    expect(classifyClientError(error).verdict).toBe(verdict);
  });

  it("says what to do, and what the client said", () => {
    expect(classifyClientError(protocolError(29, "TOPIC_AUTHORIZATION_FAILED")).reason).toBe(
      "The cluster does not let this client write to the topic: allow WRITE and DESCRIBE on it (Kafka error 29: it failed)",
    );
  });

  it("shows no credentials", () => {
    for (const error of [
      coded("ECONNREFUSED", "connect to sasl://admin:hunter2@broker failed"),
      new AuthenticationError("SASL PLAIN admin hunter2 failed"),
      coded(87, "password=hunter2"),
      new Error(`token=hunter2 ${"x".repeat(10_000)}`),
    ]) {
      const { reason } = classifyClientError(error);
      expect(reason).not.toContain("hunter2");
      expect(reason.length).toBeLessThan(800);
    }
  });

  it("that refers to itself is judged too", () => {
    const error = coded("X");
    error.cause = error;
    expect(classifyClientError(error)).toEqual({ verdict: "retry", reason: "said so" });
  });
});

function protocolError(code: number, type: string): Error {
  return Object.assign(new KafkaJSProtocolError(new Error("it failed")), { code, type });
}

function finalBecause(cause: Error): Error {
  return Object.assign(new KafkaJSNonRetriableError(cause), { cause });
}
