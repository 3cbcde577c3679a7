import { type AluminiEvent, EVENT_TYPES } from "@alumiini/core";
import { sampleEvents } from "@alumiini/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ahtiEvent, occurrence, tapioEvent } from "../src/index.js";
import { anyEvent, eventOf } from "./support.js";

const BASE = { repoName: "web", namespace: "shop", trigger: "webhook" } as const;
const COMMIT = "4f2a91c8e0d35b7a6c1f9e2d8b4a7c3e5f6d1b02";
const TRACE = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" };
const RESOURCE = { "k8s.namespace.name": "gitops", "k8s.pod.name": "controller-7d9", "k8s.node.name": "node-1" };

const RESOURCES = [
  { kind: "Deployment", namespace: "shop", name: "frontend", uid: "0b8f6f0a" },
  { kind: "PersistentVolumeClaim", namespace: "shop", name: "data" },
  { kind: "ClusterRole", name: "reader" },
];
const COMPLETED = eventOf("sync_completed", {
  ...BASE,
  ...TRACE,
  durationMs: 1500,
  commit: COMMIT,
  branch: "main",
  repoUrl: "https://github.com/org/web.git",
  syncId: "S1",
  rolloutRef: "shop/web",
  resources: RESOURCES,
});
const FAILED = eventOf("sync_failed", {
  ...BASE,
  durationMs: 30_000,
  errorType: "git_timeout",
  errorMessage: "fetch timed out",
  outcome: "timeout",
  repoUrl: "ssh://git@git.example.com:2222/org/web.git",
  attributes: { "network.peer.address": "10.0.0.7", "process.pid": 4711 },
});

const CASES = [
  ["tapioEvent", tapioEvent],
  ["ahtiEvent", ahtiEvent],
  ["occurrence", occurrence],
] as const;

function dataOf(encode: ReturnType<typeof occurrence>, event: AluminiEvent) {
  return encode(event)[0].data;
}

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
    expect(() => encoder(options)).toThrow(new RegExp(`^${name}: (source|pid) must be`));
  });
});

it("the forms of one event are different CloudEvents, or a stream would drop all but one", () => {
  const sources = CASES.map(([, encoder]) => encoder()(COMPLETED)[0].source);
  expect(new Set(sources).size).toBe(3);
});

describe("tapioEvent", () => {
  it("is a deployment with its graph", () => {
    const [{ data, type, subject }] = tapioEvent()(COMPLETED);
    expect({ type, subject }).toEqual({ type: "tapio.events.deployment", subject: "shop/web" });
    expect(data).toMatchObject({
      type: "deployment",
      subtype: "sync_completed",
      severity: "info",
      outcome: "success",
      cluster_id: "prod",
      namespace: "shop",
      k8s_data: {
        resource_kind: "Deployment",
        resource_name: "web",
        resource_namespace: "shop",
        reason: "SyncCompleted",
      },
      labels: {
        "alumiini.sync.id": "S1",
        "alumiini.sync.duration_ms": "1500",
        "server.address": "github.com",
        "server.port": "443",
      },
    });
    const inCluster = { cluster_id: "prod" };
    expect(data.entities).toEqual([
      {
        type: "deployment",
        id: "shop/web",
        name: "web",
        ...inCluster,
        namespace: "shop",
        attributes: { repo_url: "https://github.com/org/web.git", branch: "main", commit: COMMIT },
      },
      { type: "endpoint", id: "github.com:443", name: "github.com:443", ...inCluster, attributes: { port: "443" } },
      {
        type: "deployment",
        id: "shop/frontend",
        name: "frontend",
        ...inCluster,
        namespace: "shop",
        attributes: { kind: "Deployment", uid: "0b8f6f0a" },
      },
      {
        type: "pvc",
        id: "shop/data",
        name: "data",
        ...inCluster,
        namespace: "shop",
        attributes: { kind: "PersistentVolumeClaim" },
      },
      { type: "clusterrole", id: "reader", name: "reader", ...inCluster, attributes: { kind: "ClusterRole" } },
    ]);
    expect(data.relationships.map(({ type: kind, source, target }) => `${source.id} ${kind} ${target.id}`)).toEqual([
      "shop/web connects_to github.com:443",
      "shop/web manages shop/frontend",
      "shop/web manages shop/data",
      "shop/web manages reader",
    ]);
  });

  it("says a timeout as failure and in a label", () => {
    const [{ data }] = tapioEvent()(FAILED);
    expect(data.outcome).toBe("failure");
    expect(data.labels["alumiini.event.outcome"]).toBe("timeout");
    expect(data.k8s_data?.message).toBe("fetch timed out");
  });

  it("says where a git operation connects to, and from which pod", () => {
    const event = eventOf("git_fetched", {
      ...BASE,
      durationMs: 5,
      repoUrl: "https://git.example.com/org/web",
      attributes: { "network.peer.address": "10.0.0.7", "network.peer.port": 8443 },
    });
    const [{ data }] = tapioEvent({ resource: RESOURCE, pid: 4711 })(event);
    expect(data.network_data).toEqual({
      protocol: "TCP",
      dst_ip: "10.0.0.7",
      dst_port: 8443,
      pod_name: "controller-7d9",
      namespace: "gitops",
    });
    expect(data.process_data).toEqual({ pid: 4711 });
    expect(data.entities.map(({ type, id }) => `${type} ${id}`)).toEqual([
      "deployment shop/web",
      "pod gitops/controller-7d9",
      "node node-1",
      "endpoint git.example.com:8443",
    ]);
  });

  it("has one node for a repository and a Deployment of the same name, and no edge to itself", () => {
    const resources = [{ kind: "Deployment", namespace: "shop", name: "web" }, RESOURCES[1] ?? { kind: "", name: "" }];
    const [{ data }] = tapioEvent()(eventOf("apply_completed", { ...BASE, durationMs: 1, resources }));
    expect(data.entities.map(({ type, id }) => `${type} ${id}`)).toEqual(["deployment shop/web", "pvc shop/data"]);
    expect(data.relationships).toHaveLength(1);
  });

  it.each([
    ["Deployment/shop/api", "deployment shop/api", "Deployment"],
    ["ClusterRole/api", "clusterrole api", "ClusterRole"],
    ["whatever", undefined, "Deployment"],
    ["a/b/c/d", undefined, "Deployment"],
    ["/shop/api", undefined, "Deployment"],
  ])("names what drifted: %s", (resourceKey, entity, kind) => {
    const [{ data }] = tapioEvent()(eventOf("drift_detected", { ...BASE, resourceKey }));
    expect(data.entities[1] && `${data.entities[1].type} ${data.entities[1].id}`).toBe(entity);
    expect(data.k8s_data?.resource_kind).toBe(kind);
  });
});

describe("occurrence", () => {
  it("has what TAPIO, POLKU and KULTA each demand", () => {
    const [{ type, data }] = occurrence({ resource: RESOURCE, pid: 12 })(FAILED);
    expect(type).toBe("gitops.sync.failed");
    expect(data).toMatchObject({
      source: "alumiini",
      type: "gitops.sync.failed",
      protocol_version: "1.0",
      severity: "error",
      outcome: "timeout",
      context: { cluster: "prod", node: "node-1", namespace: "shop" },
      error: { code: "git_timeout", message: "fetch timed out", what_failed: "Sync of shop/web" },
      // The event's own pid goes before the option.
      data: { pid: 4711, dst_host: "git.example.com", dst_ip: "10.0.0.7", dst_port: 2222 },
    });
    expect(data.context.entities).toContainEqual({
      kind: "pod",
      type: "pod",
      id: "gitops/controller-7d9",
      name: "controller-7d9",
      namespace: "gitops",
    });
  });

  it("has three segments in its type, whatever the event", () => {
    const types = EVENT_TYPES.map((type) => occurrence()({ ...COMPLETED, type })[0].data.type);
    for (const type of types) expect(type).toMatch(/^gitops\.[a-z]+\.[a-z]+$/);
    expect(new Set(types).size).toBe(EVENT_TYPES.length);
  });

  it("has the same first correlation key for all events of one sync", () => {
    const started = eventOf("sync_started", { ...BASE, syncId: "S1" });
    const failed = eventOf("sync_failed", { ...BASE, ...TRACE, syncId: "S1", durationMs: 1, errorType: "git_error" });
    const keys = [started, failed].map((event) => dataOf(occurrence(), event).context.correlation_keys);
    expect(keys).toEqual([
      ["sync:S1", "deployment:shop/web"],
      ["sync:S1", `trace:${TRACE.traceId}`, "deployment:shop/web"],
    ]);
  });

  it("orders its correlation keys from the most specific one on", () => {
    expect(dataOf(occurrence(), COMPLETED).context.correlation_keys).toEqual([
      "sync:S1",
      `trace:${TRACE.traceId}`,
      `commit:${COMMIT}`,
      "rollout:shop/web",
      "deployment:shop/web",
    ]);
  });

  it("has an error with code and sentence for every failure, and for nothing else", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const { error, outcome } = dataOf(occurrence(), event);
        const told = "errorType" in event || "errorMessage" in event;
        expect(error !== undefined).toBe(outcome === "failure" || outcome === "timeout" || told);
        for (const text of Object.values(error ?? {})) expect(text).not.toBe("");
      }),
    );
    const bare = eventOf("git_fetched", { ...BASE, durationMs: 1, outcome: "failure" });
    expect(dataOf(occurrence(), bare).error).toEqual({
      code: "git_fetched",
      message: "Git fetch of shop/web failed",
      what_failed: "Git fetch of shop/web",
    });
  });

  it("says of what was cancelled that it was, and not that it failed", () => {
    const cancelled = eventOf("sync_failed", { ...BASE, durationMs: 1, errorType: "cancelled" });
    const { error, outcome, severity } = dataOf(occurrence(), cancelled);
    expect({ message: error?.message, outcome, severity }).toEqual({
      message: "Sync of shop/web was cancelled",
      outcome: "unknown",
      severity: "info",
    });
    expect(ahtiEvent()(cancelled)[0].data.k8s).not.toHaveProperty("rolloutStatus");
  });
});

describe("ahtiEvent", () => {
  it("uses the contract's enumerations and its timeout", () => {
    const [{ type, data }] = ahtiEvent()(FAILED);
    expect(type).toBe("ahti.v1.AhtiEvent");
    expect(data).toMatchObject({
      type: "EVENT_TYPE_DEPLOYMENT",
      severity: "SEVERITY_ERROR",
      outcome: "OUTCOME_TIMEOUT",
      durationUs: "30000000",
      error: { code: "git_timeout", details: { what_failed: "Sync of shop/web" } },
      k8s: { resourceType: "Deployment", reason: "SyncFailed", rolloutStatus: "failed" },
    });
  });

  it("tells objects apart whose kind the contract has no type for", () => {
    const resources = ["Ingress", "HTTPRoute"].map((kind) => ({ kind, namespace: "shop", name: "api" }));
    const [{ data }] = ahtiEvent()(eventOf("apply_completed", { ...BASE, durationMs: 1, resources }));
    expect(data.relationships.map(({ target }) => target)).toEqual([
      { type: "ENTITY_TYPE_UNSPECIFIED", id: "ingress/shop/api", clusterId: "prod" },
      { type: "ENTITY_TYPE_UNSPECIFIED", id: "httproute/shop/api", clusterId: "prod" },
    ]);
  });

  it("keeps durations exact that are longer than numbers are", () => {
    const event = eventOf("git_cloned", { ...BASE, durationMs: Number.MAX_SAFE_INTEGER });
    expect(ahtiEvent()(event)[0].data.durationUs).toBe("9007199254740991000");
  });

  it("fills at most one part of `data`", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const { network, k8s, process } = ahtiEvent({ pid: 1 })(event)[0].data;
        expect([network, k8s, process].filter((part) => part !== undefined).length).toBeLessThan(2);
      }),
    );
  });
});
