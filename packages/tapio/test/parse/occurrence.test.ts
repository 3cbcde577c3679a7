import { LIMITS } from "@alumiini/core";
import { sampleEvents } from "@alumiini/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { occurrence, parseOccurrence, parseTapioEvent, tapioEvent } from "../../src/index.js";
import { anyEvent, eventOf } from "../support/events.js";
import { AT, LEAST, occurrenceOf, readOf } from "../support/foreign.js";

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
    expect(readOf(parseOccurrence(JSON.stringify(written, null, 2)))).toEqual({
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
      whatFailed: "the push",
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
        const { origin, ...read } = readOf(parseOccurrence(json));
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

  it("gives our git event and TAPIO's kernel event of one connection the same remote and process", () => {
    const kernel = occurrenceOf({
      data: { pid: 4711, comm: "git", src_ip: "10.1.0.4", src_port: 40_112, dst_ip: "127.0.0.1", dst_port: 9418 },
    });
    const fetched = eventOf("git_fetched", {
      repoName: "web",
      namespace: "shop",
      durationMs: 40,
      outcome: "failure",
      repoUrl: "git://127.0.0.1/web.git",
      attributes: { "process.pid": 4711 },
    });
    for (const encoded of [occurrence()(fetched)[0], tapioEvent()(fetched)[0]]) {
      const parse = encoded.type.startsWith("tapio") ? parseTapioEvent : parseOccurrence;
      const ours = readOf(parse(JSON.stringify(encoded.data)));
      expect([ours.pid, ours.connection?.ip, ours.connection?.port]).toEqual([
        kernel.pid,
        kernel.connection?.ip,
        kernel.connection?.port,
      ]);
    }
  });

  it("reads an occurrence in a structured CloudEvent", () => {
    for (const event of sampleEvents()) {
      const [cloudEvent] = occurrence()(event);
      expect(parseOccurrence(JSON.stringify(cloudEvent))).toEqual(parseOccurrence(cloudEvent.data));
    }
  });

  it("takes no foreign object for an event of ours", () => {
    expect(occurrenceOf({ data: { alumiini: { id: "x" } } }).origin).toBeUndefined();
    expect(occurrenceOf({ data: { alumiini: "x" } }).origin).toBeUndefined();
  });
});
