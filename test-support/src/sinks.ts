import type { DeliveryFailure, Sink } from "@alumiini/delivery";
import { expect } from "vitest";

/** A sink's failures, instead of lines on the console. */
export function recordFailures() {
  const messages: string[] = [];
  return { messages, onFailure: ({ message }: DeliveryFailure) => void messages.push(message) };
}

/** Checks that every message accepted is accounted for, at this instant. */
export function expectConserved(sink: Sink): void {
  const { accepted, delivered, dropped, pending } = sink.stats();
  expect(Object.values(dropped).reduce((sum, count) => sum + count, delivered + pending)).toBe(accepted);
}
