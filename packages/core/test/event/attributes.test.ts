import { describe, expect, it } from "vitest";
import {
  ATTRIBUTE_NAMES,
  DURATION_ATTRIBUTE_NAMES,
  RESOURCE_ATTRIBUTE_NAMES,
  resourceKeyOf,
  toAttributes,
} from "../../src/event/attributes.js";
import type { AluminiEvent, EventOf } from "../../src/event/event.js";

const identity = {
  id: "01JF7Z3J8Q0000000000000000",
  timestamp: 1_734_350_400_000,
  severity: "info",
  clusterId: "prod-us-east",
  repoName: "my-app",
  namespace: "team-a",
} as const;

const syncCompleted: EventOf<"sync_completed"> = {
  ...identity,
  type: "sync_completed",
  outcome: "success",
  trigger: "webhook",
  durationMs: 1500,
};

describe("attribute names", () => {
  it("are those of ADR-004 section 2", () => {
    expect(Object.values(RESOURCE_ATTRIBUTE_NAMES)).toEqual([
      "service.name",
      "service.version",
      "service.instance.id",
      "k8s.cluster.name",
      "k8s.namespace.name",
      "k8s.pod.name",
      "k8s.node.name",
    ]);
    expect(ATTRIBUTE_NAMES).toMatchObject({
      repoName: "alumiini.repo.name",
      repoUrl: "alumiini.repo.url",
      branch: "alumiini.repo.branch",
      commit: "alumiini.repo.commit",
      repoPath: "alumiini.repo.path",
      trigger: "alumiini.sync.trigger",
      durationMs: "alumiini.sync.duration_ms",
      resourcesApplied: "alumiini.sync.resources_applied",
      errorType: "error.type",
      errorMessage: "error.message",
    });
  });

  it("are unique", () => {
    const names = [...Object.values(ATTRIBUTE_NAMES), ...Object.values(DURATION_ATTRIBUTE_NAMES).slice(1)];
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("toAttributes", () => {
  it("holds every field that an event may have, under its name", () => {
    const fields = {
      repoUrl: "https://github.com/org/my-app.git",
      branch: "main",
      commit: "abc123",
      committedAt: 1_734_349_200_000,
      previousCommit: "def456",
      repoPath: "deploy/",
      trigger: "webhook",
      syncId: "sync-1",
      durationMs: 1500,
      resourcesApplied: 2,
      resourceKey: "Deployment/default/web",
      rolloutRef: "default/web",
      workerId: "worker-1",
      provider: "github",
      errorType: "git_error",
      errorMessage: "network timeout",
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
    } as const;
    const event: AluminiEvent = { ...identity, type: "sync_failed", outcome: "failure", ...fields };

    const { id, clusterId, repoName, namespace } = identity;
    const named = { id, type: event.type, outcome: event.outcome, clusterId, repoName, namespace, ...fields };
    const names: Readonly<Record<string, string>> = ATTRIBUTE_NAMES;
    const expected = Object.fromEntries(Object.entries(named).map(([field, value]) => [names[field], value]));
    expect(toAttributes(event)).toEqual(expected);
    // `resources` is the one field not given above.
    expect(Object.keys(expected)).toHaveLength(Object.keys(ATTRIBUTE_NAMES).length - 1);
  });

  it("leaves out what the event doesn't have", () => {
    expect(toAttributes({ ...identity, type: "apply_started", outcome: "unknown" })).toEqual({
      "alumiini.event.id": identity.id,
      "alumiini.event.type": "apply_started",
      "alumiini.event.outcome": "unknown",
      "k8s.cluster.name": "prod-us-east",
      "alumiini.repo.name": "my-app",
      "alumiini.repo.namespace": "team-a",
    });
  });

  it.each([
    ["sync_completed", "alumiini.sync.duration_ms"],
    ["git_fetched", "alumiini.git.duration_ms"],
    ["apply_completed", "alumiini.apply.duration_ms"],
    ["drift_corrected", "alumiini.drift.duration_ms"],
    ["worker_stopped", "alumiini.worker.duration_ms"],
    ["webhook_received", "alumiini.webhook.duration_ms"],
  ] as const)("names the duration of %s %s", (type, name) => {
    const attributes = toAttributes({ ...identity, type, outcome: "success", durationMs: 7 });
    expect(Object.entries(attributes).filter(([key]) => key.endsWith(".duration_ms"))).toEqual([[name, 7]]);
  });

  it("lists applied objects by key, the first 64 of them", () => {
    const resources = Array.from({ length: 100 }, (_, index) => ({
      kind: "Job",
      namespace: "a",
      name: `job-${index}`,
    }));
    const attributes = toAttributes({ ...syncCompleted, resources, resourcesApplied: 100 });
    expect(attributes["alumiini.resources"]).toEqual(resources.slice(0, 64).map(({ name }) => `Job/a/${name}`));
    expect(attributes["alumiini.sync.resources_applied"]).toBe(100);
    expect(resourceKeyOf({ kind: "Namespace", name: "team-a" })).toBe("Namespace/team-a");
  });

  it("adds custom attributes, which can't replace the event's own", () => {
    const attributes = toAttributes({
      ...syncCompleted,
      attributes: { team: "platform", "alumiini.repo.name": "someone-else", "alumiini.event.outcome": "failure" },
    });
    expect(attributes).toMatchObject({
      team: "platform",
      "alumiini.repo.name": "my-app",
      "alumiini.event.outcome": "success",
    });
  });

  it("is not fooled by names that objects inherit", () => {
    const hostile: Record<string, string[]> = JSON.parse('{"__proto__": ["x"], "toString": ["y"]}');
    const attributes = toAttributes({ ...syncCompleted, attributes: hostile });
    expect(Object.getPrototypeOf(attributes)).toBe(Object.prototype);
    expect(Object.hasOwn(attributes, "__proto__")).toBe(false);
    expect(attributes["toString"]).toEqual(["y"]);
  });
});
