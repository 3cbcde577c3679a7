import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sampleEvents } from "@alumiini/core/testing";
import fc from "fast-check";
import protobuf from "protobufjs";
import * as protojson from "protobufjs/ext/protojson.js";
import { describe, expect, it } from "vitest";
import { ahtiEvent, parseTapioEvent } from "../../src/index.js";
import { anyEvent, eventOf } from "../support/events.js";

protojson.install();
const root = protobuf.Root.fromJSON(protobuf.common.get("google/protobuf/timestamp.proto") ?? {});
protobuf.parse(readFileSync(join(import.meta.dirname, "ahti.proto"), "utf8"), root);
const AhtiEvent = root.resolveAll().lookupType("ahti.v1.AhtiEvent");

const RESOURCE = { "k8s.namespace.name": "gitops", "k8s.pod.name": "controller-7d9", "k8s.node.name": "node-1" };
const encode = ahtiEvent({ resource: RESOURCE, pid: 4711 });

/** As JSON into the contract's message, as bytes over the wire, and back as JSON: what isn't in the contract is refused. */
function throughContract(json: string): unknown {
  const message = AhtiEvent.fromJsonString(json, { ignoreUnknownFields: false });
  const received = AhtiEvent.decode(AhtiEvent.encode(message).finish());
  return withoutDefaults(AhtiEvent.toJson(received));
}

describe("an AhtiEvent, read by Protocol Buffers", () => {
  it("is whole after the wire, for each sample", () => {
    for (const event of sampleEvents()) {
      const [{ data }] = encode(event);
      expect(throughContract(JSON.stringify(data))).toEqual(withoutDefaults(data));
    }
  });

  it("is whole after the wire, for any event", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const [{ data }] = encode(event);
        expect(throughContract(JSON.stringify(data))).toEqual(withoutDefaults(data));
      }),
    );
  });

  it("has the contract's numbers", () => {
    const failed = eventOf("sync_failed", {
      repoName: "web",
      namespace: "shop",
      trigger: "poll",
      durationMs: 30_000,
      errorType: "git_timeout",
      outcome: "timeout",
      resources: [{ kind: "StatefulSet", namespace: "shop", name: "db" }],
    });
    const message = AhtiEvent.fromJsonString(JSON.stringify(encode(failed)[0].data));
    expect(AhtiEvent.toObject(message, { longs: String })).toMatchObject({
      type: 4,
      severity: 4,
      outcome: 3,
      durationUs: "30000000",
      entities: [{ type: 4, state: 1 }, { type: 1 }, { type: 3 }, { type: 5, id: "shop/db" }],
      relationships: [{ type: 7, source: { type: 4, id: "shop/web", clusterId: "prod" }, target: { type: 5 } }],
    });
  });

  it("is refused where it strays from the contract, so that the tests above can fail", () => {
    const [{ data }] = encode(eventOf("worker_started", { repoName: "web", namespace: "shop" }));
    expect(() => throughContract(JSON.stringify({ ...data, clusterId: "prod" }))).toThrow();
    expect(() => throughContract(JSON.stringify({ ...data, outcome: "OUTCOME_TIMED_OUT" }))).toThrow();
  });

  it("is read by parseTapioEvent as the libraries write it: names in either spelling, enumerations as numbers", () => {
    const event = eventOf("sync_failed", {
      repoName: "web",
      namespace: "shop",
      trigger: "poll",
      durationMs: 30_000,
      errorType: "git_timeout",
      outcome: "timeout",
      traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
      spanId: "00f067aa0ba902b7",
      resources: [{ kind: "StatefulSet", namespace: "shop", name: "db" }],
    });
    const json = JSON.stringify(encode(event)[0].data);
    const message = AhtiEvent.fromJsonString(json);
    const numbers: unknown = JSON.parse(JSON.stringify(AhtiEvent.toObject(message, { longs: String })));
    const expected = parseTapioEvent(json);
    expect(expected).toMatchObject({
      ok: true,
      event: {
        type: "deployment",
        subtype: "sync_failed",
        outcome: "timeout",
        severity: "error",
        clusterId: "prod",
        durationUs: 30_000_000,
        pid: 4711,
        relationships: [
          { type: "manages", source: { type: "deployment" }, target: { type: "statefulset", id: "shop/db" } },
        ],
      },
    });
    expect(parseTapioEvent(numbers)).toEqual(expected);
  });
});

/** Protocol Buffers don't tell a default from nothing, and write neither; nor do they write a fraction of zeros. */
function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, item]) =>
      item !== "ENTITY_TYPE_UNSPECIFIED" &&
      !(key === "durationUs" && item === "0") &&
      !(Array.isArray(item) && item.length === 0),
  );
  const plain = entries.map(([key, item]) => [key, key === "timestamp" ? Date.parse(item) : withoutDefaults(item)]);
  return Object.fromEntries(plain);
}
