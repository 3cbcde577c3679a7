import { describeError } from "@alumiini/core/adapter";
import type { SendResult } from "./transport.js";

const DELIVERED: SendResult = { status: "delivered" };

/**
 * What a transport answered, made fit: one result for each message. A message without a proper result counts as to be
 * sent again: it must not be lost because a transport miscounted.
 */
export function readResults(answer: unknown, count: number): readonly SendResult[] {
  const given: readonly unknown[] = Array.isArray(answer) ? answer : [];
  const results: SendResult[] = [];
  for (let index = 0; index < count; index++) results.push(readResult(given[index]));
  return results;
}

function readResult(value: unknown): SendResult {
  if (typeof value === "object" && value !== null && "status" in value) {
    if (value.status === "delivered") return DELIVERED;
    const thrown = "error" in value ? value.error : undefined;
    const error = toError(thrown ?? "no reason given");
    if (value.status === "rejected") return { status: "rejected", error };
    if (value.status === "retry") {
      const after = "retryAfterMs" in value ? value.retryAfterMs : undefined;
      return { status: "retry", error, ...(typeof after === "number" && after > 0 && { retryAfterMs: after }) };
    }
  }
  return { status: "retry", error: new Error("the transport gave no result for this message") };
}

/** What was thrown, as an error. Never throws, whatever it was. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(describeError(thrown));
}
