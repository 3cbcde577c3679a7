import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type DiagnosticsMessage, detectResource, diagnosticsChannelSubscriber } from "../../src/node/index.js";
import { attach } from "../support.js";

const directory = mkdtempSync(join(tmpdir(), "alumiini-core-"));
afterAll(() => rmSync(directory, { recursive: true }));

describe("detectResource", () => {
  it("reads the downward API's variables under the ADR's names", () => {
    const env = {
      CLUSTER_NAME: "prod-us-east",
      POD_NAME: "alumiini-controller-xyz",
      POD_NAMESPACE: "alumiini-system",
      POD_UID: "0b8f6f0a",
      NODE_NAME: "node-1",
    };
    expect(detectResource({ env, serviceVersion: "1.0.0" })).toEqual({
      "service.name": "alumiini",
      "service.version": "1.0.0",
      "service.instance.id": "0b8f6f0a",
      "k8s.cluster.name": "prod-us-east",
      "k8s.namespace.name": "alumiini-system",
      "k8s.pod.name": "alumiini-controller-xyz",
      "k8s.node.name": "node-1",
    });
  });

  it("lets OpenTelemetry's variables win", () => {
    const env = {
      OTEL_RESOURCE_ATTRIBUTES: "service.name=a,k8s.cluster.name=edge%201,odd,=x,__proto__=y,bad=%zz, team = core ",
      OTEL_SERVICE_NAME: "b",
      CLUSTER_NAME: "prod",
      POD_NAME: "pod",
    };
    expect(detectResource({ env })).toMatchObject({
      "service.name": "b",
      "k8s.cluster.name": "edge 1",
      "service.instance.id": "pod",
      bad: "%zz",
      team: "core",
    });
  });

  it("knows the namespace from the service account, and the pod from its host name", () => {
    const namespaceFile = join(directory, "namespace");
    writeFileSync(namespaceFile, "from-file\n");
    expect(
      detectResource({ env: { KUBERNETES_SERVICE_HOST: "10.0.0.1", HOSTNAME: "pod-1" }, namespaceFile }),
    ).toMatchObject({
      "k8s.namespace.name": "from-file",
      "k8s.pod.name": "pod-1",
    });
  });

  it("leaves out what it can't know, and tells instances apart", () => {
    const first = detectResource({ env: {}, namespaceFile: join(directory, "none") });
    const second = detectResource({ env: {}, namespaceFile: join(directory, "none") });
    expect(Object.keys(first)).toEqual(["service.name", "service.instance.id"]);
    expect(first["service.instance.id"]).not.toBe(second["service.instance.id"]);
  });
});

describe("diagnosticsChannelSubscriber", () => {
  it("publishes under the ADR's names what third parties expect there", () => {
    const names = [
      "sync:start",
      "sync:stop",
      "git:stop",
      "apply:stop",
      "cache:access",
      "error",
      "worker:count",
      "worker:restart",
    ];
    const seen: [string, DiagnosticsMessage][] = [];
    const listeners = names.map((name) => {
      const listener = (message: unknown) => void seen.push([name, message as DiagnosticsMessage]);
      subscribe(`alumiini:${name}`, listener);
      return () => unsubscribe(`alumiini:${name}`, listener);
    });
    const { telemetry } = attach({ clock: { now: () => 1000, monotonic: () => 0 } });
    telemetry.subscribe(diagnosticsChannelSubscriber());
    const base = { repoName: "my-app", namespace: "default", trigger: "poll" } as const;
    telemetry.emit("sync_started", base);
    telemetry.emit("git_cloned", { ...base, durationMs: 20 });
    telemetry.emit("apply_completed", { ...base, durationMs: 30, resourcesApplied: 2 });
    telemetry.emit("sync_failed", { ...base, durationMs: 40, errorType: "git_timeout", errorMessage: "slow" });
    telemetry.emit("worker_started", base);
    telemetry.measure("cache_access", { cacheName: "commits", result: "hit" });
    telemetry.measure("worker_count", { count: 3 });
    telemetry.measure("worker_restart", { repoName: "my-app" });
    telemetry.measure("error", { repoName: "my-app", errorType: "disk" });
    telemetry.measure("leadership", { leader: true });
    for (const remove of listeners) remove();
    telemetry.emit("sync_started", base);

    const repo = { repo_name: "my-app" };
    expect(seen.map(([name, { measurements, metadata }]) => [name, measurements, metadata])).toEqual([
      ["sync:start", { system_time: 1000 }, { ...repo, trigger: "poll" }],
      ["git:stop", { duration: 20 }, { ...repo, trigger: "poll", outcome: "success", operation: "clone" }],
      ["apply:stop", { duration: 30 }, { ...repo, trigger: "poll", outcome: "success", resources_applied: 2 }],
      ["sync:stop", { duration: 40 }, { ...repo, trigger: "poll", outcome: "timeout", error_type: "git_timeout" }],
      ["error", {}, { ...repo, error_type: "git_timeout", message: "slow" }],
      ["cache:access", {}, { cache_name: "commits", result: "hit" }],
      ["worker:count", { count: 3 }, {}],
      ["worker:restart", {}, repo],
      ["error", {}, { ...repo, error_type: "disk" }],
    ]);
    expect(seen[0]?.[1].event).toMatchObject({ type: "sync_started" });
    expect(seen[5]?.[1].measurement).toMatchObject({ kind: "cache_access" });
  });
});
