import { LIMITS } from "@alumiini/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseOccurrence, parseTapioEvent } from "../../src/index.js";
import { LEAST, readOf, TIME } from "../support/foreign.js";

describe.each([
  ["parseOccurrence", parseOccurrence],
  ["parseTapioEvent", parseTapioEvent],
])("%s", (_, parse) => {
  const secret = "hunter2-is-a-secret";

  it("never throws, whatever it is given, and answers within its bounds", () => {
    const key = fc.oneof(
      fc.constantFrom(
        "id",
        "timestamp",
        "type",
        "severity",
        "outcome",
        "context",
        "data",
        "entities",
        "relationships",
        "kind",
        "source",
        "target",
        "correlation_keys",
        "error",
        "possible_causes",
        "history",
        "duration_ms",
        "labels",
        "pid",
        "alumiini",
        "network_data",
        "__proto__",
        "constructor",
      ),
      fc.string({ maxLength: 10 }),
    );
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { maxDepth: 6 },
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.double(),
          fc.boolean(),
          fc.constantFrom(null, undefined, TIME, "network", "01J"),
        ),
        fc.array(tie("json"), { maxLength: 6 }),
        fc.dictionary(key, tie("json"), { maxKeys: 8 }),
      ),
    }));
    fc.assert(
      fc.property(fc.oneof(json, fc.anything(), fc.dictionary(key, json)), fc.boolean(), (extra, asText) => {
        const spread = typeof extra === "object" && extra !== null ? extra : { data: extra };
        for (const value of [extra, { ...LEAST, ...spread }, { ...spread, ...LEAST }]) {
          let given: unknown = value;
          try {
            if (asText) given = JSON.stringify(value);
          } catch {
            // What JSON can't say is given as it is.
          }
          const result = parse(given);
          expect(typeof result.ok).toBe("boolean");
          if (result.ok) {
            expect(Number.isSafeInteger(result.event.timestamp)).toBe(true);
            expect(JSON.parse(JSON.stringify(result.event))).toEqual(result.event);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("keeps no more of a foreign event than it says", () => {
    const many = (count: number) => Array.from({ length: count }, (_unused, index) => index);
    const result = parse({
      ...LEAST,
      id: "i".repeat(10_000),
      error: { code: "c".repeat(10_000), message: "m".repeat(100_000) },
      labels: Object.fromEntries(many(10_000).map((index) => [`l${index}`, "v".repeat(10_000)])),
      context: {
        entities: many(5000).map((index) => ({ kind: "pod", id: `${index}` })),
        correlation_keys: many(500).map(String),
      },
      entities: many(5000).map((index) => ({ type: "pod", id: `${index}` })),
      data: { list: many(100_000), text: "t".repeat(100_000) },
      network_data: { list: many(100_000), text: "t".repeat(100_000) },
    });
    const event = readOf(result);
    expect(event.id).toHaveLength(LIMITS.identifier);
    expect(event.error?.message).toHaveLength(LIMITS.message);
    expect(Object.keys(event.labels)).toHaveLength(128);
    expect(event.entities).toHaveLength(1000);
    expect(event.correlationKeys.length).toBeLessThan(65);
    expect(JSON.stringify(event.data).length).toBeLessThan(50_000);
  });

  it("copies no deeper than 8 levels, and never without end", () => {
    let deep: unknown = "end";
    for (let level = 0; level < 5000; level++) deep = { deep };
    const round: Record<string, unknown> = {};
    round["round"] = round;
    for (const data of [deep, round]) {
      const event = readOf(parse({ ...LEAST, data, network_data: data }));
      expect(JSON.stringify(event.data)).not.toContain("end");
      expect(JSON.stringify(event.data).length).toBeLessThan(200);
    }
  });

  it("lets no credentials through", () => {
    const data = {
      url: `https://user:${secret}@git.example.com/app`,
      "db.password": secret,
      nested: [{ token: secret }],
    };
    const event = readOf(
      parse({
        ...LEAST,
        source: `https://user:${secret}@tapio`,
        error: { code: "X", message: `fetch https://user:${secret}@git.example.com failed` },
        labels: { url: `https://user:${secret}@git.example.com`, "api.token": secret },
        context: { entities: [{ kind: "pod", id: `a/${secret}`, name: `https://user:${secret}@x` }] },
        data,
        network_data: data,
      }),
    );
    const { entities, ...rest } = event;
    expect(JSON.stringify(rest)).not.toContain(secret);
    // An id is only an id: nothing tells that it is a secret. A URL in it tells.
    expect(JSON.stringify(entities.map(({ name }) => name))).not.toContain(secret);
  });

  it("leaves the prototype alone", () => {
    const event = readOf(
      parse(
        `{"id":"1","timestamp":"${TIME}","type":"network","data":{"__proto__":{"polluted":1}},"network_data":{"__proto__":{"polluted":1}},"labels":{"__proto__":"x"}}`,
      ),
    );
    expect(Reflect.get(Object(event.data), "polluted")).toBeUndefined();
    expect(Object.getPrototypeOf(event.labels)).toBe(Object.prototype);
    expect(event.labels).toEqual({});
  });

  it("takes time in proportion to the length, also for texts made to be slow", () => {
    // One that took quadratic time would need minutes for these, and the test's own limit would end it.
    for (const piece of ["@", "://", "a:", "EVENT_TYPE_", '\\"', "password=", "2026-11-25T12:00:00."]) {
      const text = piece.repeat(Math.floor(500_000 / piece.length));
      const result = parse({
        ...LEAST,
        source: text,
        subtype: text,
        severity: text,
        timestamp: text,
        error: text,
        data: { text },
      });
      expect(result.ok).toBe(false);
      parse({
        ...LEAST,
        source: text,
        severity: text,
        error: text,
        labels: { [text]: text },
        data: { [text]: text },
        network_data: { text },
      });
    }
  });
});
