import { LIMITS } from "@alumiini/core";
import { sampleEvents } from "@alumiini/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ForeignEvent,
  type ForeignResult,
  occurrence,
  parseOccurrence,
  parseTapioEvent,
  tapioEvent,
} from "../src/index.js";
import { anyEvent } from "./support.js";

const TIME = "2026-11-25T12:00:00.123Z";
const AT = Date.parse(TIME);
const LEAST = { id: "01J", timestamp: TIME, type: "kernel.network.connection_refused" };

function eventOf(result: ForeignResult): ForeignEvent {
  if (!result.ok) throw new Error(`refused: ${result.error.message}`);
  return result.event;
}

const occurrenceOf = (fields: object): ForeignEvent => eventOf(parseOccurrence({ ...LEAST, ...fields }));
const tapioOf = (fields: object): ForeignEvent => eventOf(parseTapioEvent({ ...LEAST, type: "network", ...fields }));

describe("parseOccurrence", () => {
  it("reads what TAPIO's agent writes about a refused connection", () => {
    const written = {
      ...LEAST,
      timestamp: "2026-11-25T12:00:00.123456789+00:00",
      source: "tapio",
      severity: "warning",
      outcome: "failure",
      protocol_version: "1.0",
      error: { code: "RST_RECEIVED", message: "TCP RST 10.1.0.4:40112 → 127.0.0.1:9418" },
      context: { cluster: "prod", node: "node-1", entities: [{ kind: "pod", id: "gitops/controller-7d9" }] },
      data: { pid: 4711, comm: "git", src_ip: "10.1.0.4", src_port: 40_112, dst_ip: "127.0.0.1", dst_port: 9418 },
    };
    expect(eventOf(parseOccurrence(JSON.stringify(written, null, 2)))).toEqual({
      id: "01J",
      timestamp: AT,
      source: "tapio",
      type: "kernel.network.connection_refused",
      severity: "warning",
      outcome: "failure",
      clusterId: "prod",
      node: "node-1",
      entities: [{ type: "pod", id: "gitops/controller-7d9" }],
      relationships: [],
      correlationKeys: [],
      error: { code: "RST_RECEIVED", message: "TCP RST 10.1.0.4:40112 → 127.0.0.1:9418" },
      pid: 4711,
      connection: { sourceIp: "10.1.0.4", sourcePort: 40_112, ip: "127.0.0.1", port: 9418 },
      labels: {},
      data: written.data,
    });
  });

  it("needs an id, a time and a type, and nothing else", () => {
    expect(occurrenceOf({})).toEqual({
      id: "01J",
      timestamp: AT,
      type: "kernel.network.connection_refused",
      severity: "info",
      outcome: "unknown",
      entities: [],
      relationships: [],
      correlationKeys: [],
      labels: {},
    });
  });

  it.each([
    ["no JSON", "{", ""],
    ["text that is too long", `"${"x".repeat(LIMITS.wireText)}"`, ""],
    ["a list", [], ""],
    ["nothing", null, ""],
    ["a number", 7, ""],
    ["no id", { ...LEAST, id: "" }, "/id"],
    ["an id that is no text", { ...LEAST, id: 7 }, "/id"],
    ["no time", { ...LEAST, timestamp: undefined }, "/timestamp"],
    ["a time that is none", { ...LEAST, timestamp: "yesterday" }, "/timestamp"],
    ["a time without zone", { ...LEAST, timestamp: "2026-11-25T12:00:00" }, "/timestamp"],
    ["a day that isn't there", { ...LEAST, timestamp: "2026-13-25T12:00:00Z" }, "/timestamp"],
    ["a time before 1970", { ...LEAST, timestamp: "1969-12-31T23:59:59Z" }, "/timestamp"],
    ["a number too small for a time", { ...LEAST, timestamp: 12 }, "/timestamp"],
    ["no type", { ...LEAST, type: null }, "/type"],
    [
      "a getter that throws",
      Object.defineProperty({ ...LEAST }, "id", {
        enumerable: true,
        get: () => {
          throw new Error("no");
        },
      }),
      "",
    ],
  ])("refuses %s", (_, json, path) => {
    const result = parseOccurrence(json);
    expect(result.ok).toBe(false);
    if (!result.ok) expect(result.error.path).toBe(path);
  });

  it.each([
    ["milliseconds", AT],
    ["seconds", AT / 1000],
    ["microseconds", AT * 1000],
    ["nanoseconds", AT * 1_000_000],
    ["an offset", "2026-11-25T14:00:00.123+02:00"],
    ["nine digits", "2026-11-25T12:00:00.123999999Z"],
    ["a space", "2026-11-25 12:00:00.123Z"],
    ["seconds and nanos", { seconds: String(Math.floor(AT / 1000)), nanos: 123_000_000 }],
  ])("reads a time as %s", (_, timestamp) => {
    expect(occurrenceOf({ timestamp }).timestamp).toBe(AT);
  });

  it.each([
    ["in_progress", "in_progress"],
    ["inprogress", "in_progress"],
    ["InProgress", "in_progress"],
    ["timeout", "timeout"],
    ["FAILURE", "failure"],
    ["else", "unknown"],
    [7, "unknown"],
    [{}, "unknown"],
  ])("reads the outcome %s as %s", (outcome, expected) => {
    expect(occurrenceOf({ outcome }).outcome).toBe(expected);
  });

  it.each([
    ["warn", "warning"],
    ["fatal", "critical"],
    ["SEVERITY_ERROR", "error"],
    [1, "debug"],
    ["constructor", "info"],
    [99, "info"],
  ])("reads the severity %s as %s", (severity, expected) => {
    expect(occurrenceOf({ severity }).severity).toBe(expected);
  });

  it.each([
    ["texts", ["sync:S1", "deployment:shop/web"]],
    [
      "pairs",
      [
        ["sync", "S1"],
        ["deployment", "shop/web"],
      ],
    ],
    [
      "objects",
      [
        { key: "sync", value: "S1" },
        { key: "deployment", value: "shop/web" },
      ],
    ],
    ["a map", { sync: "S1", deployment: "shop/web" }],
    ["texts among what is none", ["sync:S1", 7, null, {}, [], ["a"], "", "deployment:shop/web"]],
  ])("reads correlation keys that are %s", (_, correlation_keys) => {
    expect(occurrenceOf({ context: { correlation_keys } }).correlationKeys).toEqual(["sync:S1", "deployment:shop/web"]);
  });

  it("reads entities of both dialects, and leaves out what is none", () => {
    const entities = [
      { type: "Pod", id: "a/b", name: "b" },
      { kind: "pod", id: "c/d" },
      { kind: "pod" },
      { id: "e" },
      7,
      null,
    ];
    expect(occurrenceOf({ context: { entities } }).entities).toEqual([
      { type: "pod", id: "a/b", name: "b" },
      { type: "pod", id: "c/d" },
    ]);
  });

  it("reads an error of either dialect", () => {
    expect(occurrenceOf({ error: { code: "X", what_failed: "the push" } }).error).toEqual({
      code: "X",
      message: "the push",
    });
    expect(occurrenceOf({ error: "the push" }).error).toEqual({ message: "the push" });
    expect(occurrenceOf({ error: { code: 7 } }).error).toBeUndefined();
  });

  it("leaves out what is out of range", () => {
    const { pid, connection } = occurrenceOf({ data: { pid: -1, dst_port: 65_536, src_port: 1.5, dst_ip: 7 } });
    expect({ pid, connection }).toEqual({});
  });

  it("gives back the event that our occurrence was made of", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const json = JSON.stringify(occurrence({ pid: 7 })(event)[0].data);
        const { origin, ...read } = eventOf(parseOccurrence(json));
        // Custom attributes that bear our names are not in the wire form, and a name may be another text once it is read.
        expect(origin).toMatchObject({
          id: event.id,
          timestamp: event.timestamp,
          type: event.type,
          repoName: event.repoName,
        });
        expect(read).toMatchObject({
          id: event.id,
          type: `gitops.${event.type.replace("_", ".")}`,
          outcome: event.outcome,
        });
      }),
    );
  });

  it("takes no foreign object for an event of ours", () => {
    expect(occurrenceOf({ data: { alumiini: { id: "x" } } }).origin).toBeUndefined();
    expect(occurrenceOf({ data: { alumiini: "x" } }).origin).toBeUndefined();
  });
});

describe("parseTapioEvent", () => {
  it("reads what TAPIO's observers write", () => {
    const written = {
      id: "01J",
      type: "network",
      subtype: "connection_refused",
      source: "network-observer",
      timestamp: TIME,
      severity: "error",
      outcome: "failure",
      trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
      cluster_id: "prod",
      namespace: "shop",
      entities: [{ type: "pod", id: "shop/web-1", name: "web-1", cluster_id: "prod", namespace: "shop" }],
      relationships: [
        { type: "connects_to", source: { type: "pod", id: "shop/web-1" }, target: { type: "service", id: "shop/db" } },
      ],
      network_data: { protocol: "TCP", src_ip: "10.1.0.4", dst_ip: "10.1.0.9", dst_port: 5432 },
      process_data: { pid: 99 },
      labels: { team: "a", size: 4 },
    };
    expect(eventOf(parseTapioEvent(JSON.stringify(written)))).toEqual({
      id: "01J",
      timestamp: AT,
      source: "network-observer",
      type: "network",
      subtype: "connection_refused",
      severity: "error",
      outcome: "failure",
      clusterId: "prod",
      namespace: "shop",
      traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
      entities: [{ type: "pod", id: "shop/web-1", name: "web-1", clusterId: "prod", namespace: "shop" }],
      relationships: [
        { type: "connects_to", source: { type: "pod", id: "shop/web-1" }, target: { type: "service", id: "shop/db" } },
      ],
      correlationKeys: [],
      pid: 99,
      connection: { sourceIp: "10.1.0.4", ip: "10.1.0.9", port: 5432 },
      labels: { team: "a", size: "4" },
      data: { network: written.network_data, process: { pid: 99 } },
    });
  });

  it("reads our own", () => {
    for (const event of sampleEvents()) {
      const [{ data }] = tapioEvent({ pid: 7 })(event);
      const read = eventOf(parseTapioEvent(JSON.stringify(data)));
      expect(read).toMatchObject({
        id: event.id,
        timestamp: event.timestamp,
        type: "deployment",
        subtype: event.type,
        pid: 7,
      });
      expect(read.entities).toHaveLength(data.entities.length);
      expect(read.relationships).toHaveLength(data.relationships.length);
    }
  });

  it("finds the remote in the labels, where there is no typed data", () => {
    const labels = { "server.address": "github.com", "server.port": "443", "process.pid": "12" };
    expect(tapioOf({ labels })).toMatchObject({ pid: 12, connection: { host: "github.com", port: 443 } });
  });
});

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
    const event = eventOf(result);
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
      const event = eventOf(parse({ ...LEAST, data, network_data: data }));
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
    const event = eventOf(
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
    const event = eventOf(
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
