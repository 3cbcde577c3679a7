import { describe, expect, it } from "vitest";
import { tapioEvent } from "../../src/index.js";
import { eventOf } from "../support/events.js";
import { BASE, COMMIT, COMPLETED, FAILED, RESOURCE, RESOURCES } from "../support/samples.js";

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
