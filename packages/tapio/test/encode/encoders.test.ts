import { sampleEvents } from "@alumiini/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ahtiEvent, occurrence, tapioEvent } from "../../src/index.js";
import { anyEvent, eventOf } from "../support/events.js";
import { BASE, COMPLETED, FAILED, RESOURCE, TRACE } from "../support/samples.js";

const CASES = [
  ["tapioEvent", tapioEvent],
  ["ahtiEvent", ahtiEvent],
  ["occurrence", occurrence],
] as const;

describe.each(CASES)("%s", (name, encoder) => {
  it("makes one CloudEvent of the event's id for each event", () => {
    for (const event of sampleEvents()) {
      const encoded = encoder()(event);
      expect(encoded).toHaveLength(1);
      expect(encoded[0]).toMatchObject({ specversion: "1.0", id: event.id, datacontenttype: "application/json" });
      expect(encoded[0].data).toMatchObject({ id: event.id, timestamp: new Date(event.timestamp).toISOString() });
      expect(encoded[0].source).toMatch(/^alumiini:\/clusters\/[^\s/]+\/(tapio|ahti|false)$/);
    }
  });

  it("says the span as traceparent, where there is one", () => {
    expect(encoder()(COMPLETED)[0]["traceparent"]).toBe(`00-${TRACE.traceId}-${TRACE.spanId}-01`);
    expect(encoder()(FAILED)[0]).not.toHaveProperty("traceparent");
  });

  it("makes of every event JSON that is the same when read and written again", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const encoded = encoder({ pid: 7, resource: RESOURCE })(event)[0];
        expect(JSON.parse(JSON.stringify(encoded))).toEqual(encoded);
      }),
    );
  });

  it("lists at most 200 of the applied objects", () => {
    const resources = Array.from({ length: 1000 }, (_, index) => ({
      kind: "Service",
      namespace: "a",
      name: `s${index}`,
    }));
    const encoded = JSON.stringify(
      encoder()(eventOf("apply_completed", { ...BASE, durationMs: 1, resources }))[0].data,
    );
    const { alumiini: _, ...rest } = JSON.parse(encoded).data ?? JSON.parse(encoded);
    expect(JSON.stringify(rest)).not.toContain('"a/s200"');
    expect(encoded).toContain('"a/s199"');
  });

  it.each([
    { source: "" },
    { source: "x".repeat(257) },
    { pid: 0 },
    { pid: 1.5 },
    { pid: 2 ** 31 },
    { pid: Number.NaN },
  ])("refuses %o", (options) => {
    expect(() => encoder(options)).toThrow(new RegExp(`^${name}: option "(source|pid)" is .*; it must be a`));
  });
});

it("the forms of one event are different CloudEvents, or a stream would drop all but one", () => {
  const sources = CASES.map(([, encoder]) => encoder()(COMPLETED)[0].source);
  expect(new Set(sources).size).toBe(3);
});
