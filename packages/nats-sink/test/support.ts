import type { AluminiEvent } from "@alumiini/core";
import type { DeliveryFailure, Message, Sink } from "@alumiini/core/delivery";
import { sampleEvents } from "@alumiini/core/testing";
import { expect } from "vitest";

/** A sample event with other names. */
export function eventWith(
  names: Partial<Pick<AluminiEvent, "id" | "clusterId" | "namespace" | "repoName">> = {},
): AluminiEvent {
  const [sample] = sampleEvents();
  if (sample === undefined) throw new Error("there are no samples");
  return { ...sample, ...names };
}

/** A message as the sink would make it. */
export function messageWith(fields: Partial<Message> & Pick<Message, "id">): Message {
  return {
    key: "my-app",
    destination: "alumiini.events.prod.default.my-app.sync_completed",
    headers: { "content-type": "application/json" },
    body: new TextEncoder().encode(JSON.stringify({ id: fields.id })),
    ...fields,
  };
}

/** Resolves as soon as the condition holds; rejects after 20 seconds, unless told otherwise. */
export async function until(condition: () => boolean, what = "the condition", timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`${what} did not come about`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A generator of numbers from 0 to 1 that repeats with its seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A sink's failures, instead of lines on the console. */
export function recordFailures(): {
  readonly messages: string[];
  readonly onFailure: (failure: DeliveryFailure) => void;
} {
  const messages: string[] = [];
  return { messages, onFailure: ({ message }) => messages.push(message) };
}

/** Checks that every message accepted is accounted for, at this instant. */
export function expectConserved(sink: Sink): void {
  const { accepted, delivered, dropped, pending } = sink.stats();
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  expect(delivered + lost + pending).toBe(accepted);
}
