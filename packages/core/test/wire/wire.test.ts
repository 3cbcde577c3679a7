import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIMITS, parseWire, toWire } from "../../src/index.js";
import { sampleEvents } from "../../src/testing/index.js";
import { wireSchema } from "../../src/wire/schema.js";
import { ajv } from "../ajv.js";
import { anyEvent } from "../arbitraries.js";

const STRUCT_KEYS = [
  "id",
  "timestamp",
  "type",
  "severity",
  "outcome",
  "repo_name",
  "namespace",
  "cluster_id",
  "commit",
  "branch",
  "resources_applied",
  "duration_ms",
  "error_type",
  "error_message",
  "trigger",
  "attributes",
];

const [full] = sampleEvents();
if (full === undefined) throw new Error("no samples");
const wire = toWire(full);

function errorOf(json: unknown) {
  const result = parseWire(json);
  return result.ok ? undefined : result.error;
}

describe("toWire", () => {
  it("has exactly the keys of the ADR's struct, in its order, with null for what isn't known", () => {
    for (const event of sampleEvents()) {
      expect(Object.keys(toWire(event))).toEqual(STRUCT_KEYS);
    }
    const minimal = sampleEvents()[1];
    expect(minimal && toWire(minimal)).toEqual({
      id: "01JD2V5T8Y3QK7ZC4N6X9W0001",
      timestamp: "2024-12-16T12:00:00.001Z",
      type: "sync_started",
      severity: "info",
      outcome: "unknown",
      repo_name: "my-app",
      namespace: "default",
      cluster_id: "prod-us-east",
      commit: null,
      branch: null,
      resources_applied: null,
      duration_ms: null,
      error_type: null,
      error_message: null,
      trigger: "webhook",
      attributes: {},
    });
  });

  it("does not let a custom attribute pass for a field", () => {
    const result = toWire({ ...full, attributes: { trace_id: 7, "alumiini.worker.id": true, mine: 1 } });
    expect(result.attributes).toMatchObject({ trace_id: "4bf92f3577b34da6a3ce929d0e0e4736", mine: 1 });
    expect(result.attributes).not.toHaveProperty("alumiini.worker.id");
  });

  it("puts everything else into attributes under OpenTelemetry names", () => {
    expect(wire.attributes).toEqual({
      "alumiini.repo.url": "https://github.com/org/my-app.git",
      "alumiini.repo.path": "deploy/",
      "alumiini.sync.id": "01JD2V5T8Y3QK7ZC4N6X9WB0RM",
      "alumiini.repo.committed_at": 1_734_349_200_000,
      "alumiini.repo.previous_commit": "9b1e4d7c2a5f8036e9d4c7b1a8f5e2d3c6b90a17",
      "alumiini.rollout.ref": "default/my-app",
      trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
      span_id: "00f067aa0ba902b7",
      "deployment.environment.name": "production",
      "team.size": 4,
      "team.oncall": true,
      "team.members": ["a", "b"],
    });
  });
});

describe("parseWire", () => {
  it("reads back every sample, from text and from an object, frozen", () => {
    for (const event of sampleEvents()) {
      for (const json of [JSON.stringify(toWire(event)), toWire(event)]) {
        const result = parseWire(json);
        expect(result).toEqual({ ok: true, event });
        expect(result.ok && Object.isFrozen(result.event)).toBe(true);
      }
    }
  });

  it("reads back any event", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        expect(parseWire(JSON.stringify(toWire(event)))).toEqual({ ok: true, event });
      }),
      { numRuns: 1000 },
    );
  });

  it("takes what another implementation of the ADR may send: nulls, missing keys, offsets", () => {
    const { id, type, severity, outcome, repo_name, namespace, cluster_id } = wire;
    const least = { id, type, severity, outcome, repo_name, namespace, cluster_id };
    expect(parseWire({ ...least, timestamp: "2024-12-16T14:00:00.123456+02:00" })).toEqual({
      ok: true,
      event: {
        id,
        type,
        severity,
        outcome,
        repoName: repo_name,
        namespace,
        clusterId: cluster_id,
        timestamp: Date.UTC(2024, 11, 16, 12, 0, 0, 123),
      },
    });
    expect(
      parseWire({ ...wire, commit: "", attributes: { "team.size": null, "alumiini.sync.id": null } }),
    ).toMatchObject({ ok: true });
  });

  it("removes a foreign producer's credentials", () => {
    const attributes = { "alumiini.repo.url": "https://u:s3cret@h/r?token=s3cret", "db.password": "s3cret" };
    const result = parseWire({
      ...wire,
      repo_name: "https://u:s3cret@h",
      error_message: "password=s3cret",
      attributes,
    });
    expect(result.ok && JSON.stringify(result.event)).toMatch(/^(?!.*s3cret)/);
  });

  it.each<[string, unknown]>([
    ["", undefined],
    ["", null],
    ["", 7],
    ["", []],
    ["", "{"],
    ["", '"text"'],
    ["", `{"id":"${"x".repeat(LIMITS.wireText)}"}`],
    ["", "[".repeat(1_000_000)],
    ["/extra", { ...wire, extra: 1 }],
    ["/a~1b~0c", { ...wire, "a/b~c": 1 }],
    ["/__proto__", JSON.parse(`{"__proto__":{"id":"x"}}`)],
    ["/constructor", JSON.parse(`{"constructor":{"prototype":{}}}`)],
    ["/id", { ...wire, id: undefined }],
    ["/id", { ...wire, id: "" }],
    ["/id", { ...wire, id: "x".repeat(257) }],
    ["/id", Object.create(wire)],
    ["/timestamp", { ...wire, timestamp: 1_734_350_400_000 }],
    ["/timestamp", { ...wire, timestamp: "yesterday" }],
    ["/timestamp", { ...wire, timestamp: "2024-13-45T99:00:00Z" }],
    ["/timestamp", { ...wire, timestamp: "1969-12-31T23:59:59Z" }],
    ["/type", { ...wire, type: "toString" }],
    ["/severity", { ...wire, severity: "debug" }],
    ["/outcome", { ...wire, outcome: null }],
    ["/repo_name", { ...wire, repo_name: null }],
    ["/trigger", { ...wire, trigger: "cron" }],
    ["/duration_ms", { ...wire, duration_ms: -1 }],
    ["/duration_ms", { ...wire, duration_ms: 1.5 }],
    ["/duration_ms", { ...wire, duration_ms: "1" }],
    ["/error_message", { ...wire, error_message: "x".repeat(10_000_000) }],
    ["/attributes", { ...wire, attributes: [] }],
    [
      "/attributes",
      { ...wire, attributes: Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`k${index}`, 1])) },
    ],
    ["/attributes/__proto__", { ...wire, attributes: JSON.parse('{"__proto__":{}}') }],
    ["/attributes/", { ...wire, attributes: { "": 1 } }],
    ["/attributes/nested", { ...wire, attributes: { nested: {} } }],
    ["/attributes/mixed", { ...wire, attributes: { mixed: [1, "a"] } }],
    ["/attributes/long", { ...wire, attributes: { long: "x".repeat(4097) } }],
    ["/attributes/many", { ...wire, attributes: { many: Array(65).fill(1) } }],
    ["/attributes/alumiini.sync.id", { ...wire, attributes: { "alumiini.sync.id": 7 } }],
    ["/attributes/trace_id", { ...wire, attributes: { trace_id: "0".repeat(32) } }],
    ["/attributes/alumiini.resources", { ...wire, attributes: { "alumiini.resources": "x" } }],
    [
      "/attributes/alumiini.resources/1",
      { ...wire, attributes: { "alumiini.resources": [{ kind: "a", name: "b" }, 7] } },
    ],
    ["/attributes/alumiini.resources/0/name", { ...wire, attributes: { "alumiini.resources": [{ kind: "a" }] } }],
    [
      "/attributes/alumiini.resources/0/x",
      { ...wire, attributes: { "alumiini.resources": [{ kind: "a", name: "b", x: 1 }] } },
    ],
  ])("names the offending path %j", (path, json) => {
    const error = errorOf(json);
    expect(error?.path).toBe(path);
    expect(error?.message.length).toBeLessThan(500);
  });

  it("never throws, whatever it is given, and agrees with the schema", () => {
    const validate = ajv().compile(wireSchema());
    const value = fc.oneof(
      fc.anything(),
      fc.constantFrom<unknown>(...Object.values(wire), "2024-12-16T12:00:00Z", "sync_failed"),
    );
    const near = fc
      .tuple(fc.constantFrom(...STRUCT_KEYS, "extra"), value)
      .map(([key, changed]) => ({ ...wire, [key]: changed }));
    const nearAttributes = fc
      .tuple(fc.constantFrom(...Object.keys(wire.attributes), "alumiini.resources", "mine", "😀".repeat(200)), value)
      .map(([key, changed]) => ({ ...wire, attributes: { ...wire.attributes, [key]: changed } }));
    fc.assert(
      fc.property(fc.oneof(fc.anything(), near, nearAttributes), (json) => {
        const { ok } = parseWire(json);
        const text = asJson(json);
        // Only what JSON can say is the schema's business.
        if (text !== undefined) expect([text, parseWire(text).ok]).toEqual([text, validate(JSON.parse(text))]);
        else expect(typeof ok).toBe("boolean");
      }),
      { numRuns: 5000 },
    );
  });

  it("survives objects that fight back", () => {
    const throwing = () => {
      throw new Error("no");
    };
    for (const hostile of [
      new Proxy({}, { ownKeys: throwing }),
      new Proxy({ ...wire }, { getOwnPropertyDescriptor: throwing }),
      Object.defineProperty({ ...wire }, "commit", { get: throwing, enumerable: true }),
    ]) {
      expect(errorOf(hostile)).toEqual({ path: "", message: "the event can't be read" });
    }
  });
});

function asJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined; // A bigint, or a toJSON that throws.
  }
}
