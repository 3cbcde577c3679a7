import { toWire, type WireEvent } from "@alumiini/core";
import { expect } from "vitest";
import type { HeadersLike, Mapped, Mapper } from "../../src/index.js";
import { CONTEXT } from "./fixtures.js";

/** Two commits. */
export const A = "a1".repeat(20);
export const B = "b2".repeat(20);

/** Maps one payload. */
export function map(mapper: Mapper, body: unknown, headers: HeadersLike = {}, context = CONTEXT): Mapped {
  return mapper({ headers, body: typeof body === "string" ? body : JSON.stringify(body) }, context);
}

/** The events in wire form; what is rejected fails the test. */
export function wire(mapped: Mapped): WireEvent[] {
  expect(mapped.rejected).toBeUndefined();
  return mapped.events.map(toWire);
}
