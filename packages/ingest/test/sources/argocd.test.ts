import { describe, expect, it } from "vitest";
import { argocd } from "../../src/index.js";
import { A, B, map, wire } from "../support/map.js";

/* Each case is a public report, or what the source's code does. */

const operation = (fields: object) => ({
  app: {
    metadata: { name: "shop", namespace: "argocd", uid: "u" },
    spec: { source: { repoURL: "https://git.example/shop.git", targetRevision: "HEAD" } },
    status: { operationState: { startedAt: "2026-01-01T00:00:00Z", ...fields } },
  },
});

describe("Argo CD", () => {
  it("sends Running twice (#20461) and Succeeded again when a pod is replaced (#19847): the same events", () => {
    const twice = ["", "waiting"].flatMap((message) => wire(map(argocd, operation({ phase: "Running", message }))));
    expect(twice[0]?.id).toBe(twice[1]?.id);
    const finishedAt = "2026-01-01T00:00:04Z";
    const again = operation({ phase: "Succeeded", finishedAt });
    const healthy = { app: { ...again.app, status: { ...again.app.status, health: { status: "Degraded" } } } };
    expect(wire(map(argocd, healthy))).toEqual(wire(map(argocd, again)));
  });

  it("has empty revisions where there are several sources (#13188, #15617)", () => {
    const sources = [
      { repoURL: "https://charts.example", chart: "x", targetRevision: "1.x" },
      { repoURL: "https://git.example/values.git", path: "env/prod", targetRevision: "main" },
    ];
    const syncResult = { revision: "", revisions: ["1.4.2", B], sources };
    const [event] = wire(
      map(argocd, operation({ phase: "Succeeded", syncResult, finishedAt: "2026-01-01T00:00:04Z" })),
    );
    expect(event).toMatchObject({ commit: B, branch: "main" });
    expect(event?.attributes).toMatchObject({
      "alumiini.source.revision": `1.4.2,${B}`,
      "alumiini.repo.url": "https://git.example/values.git",
      "alumiini.repo.path": "env/prod",
    });
  });

  it("fails early without a revision (#29575)", () => {
    const [event] = wire(map(argocd, operation({ phase: "Error", message: "rpc error: ls-remote failed" })));
    expect(event).toMatchObject({ type: "sync_failed", commit: null, error_type: "git_error", duration_ms: null });
  });

  it("deploys charts, whose version is no commit", () => {
    const source = { repoURL: "https://charts.example", chart: "x", targetRevision: "1.2.3" };
    const [event] = wire(map(argocd, operation({ phase: "Succeeded", syncResult: { revision: "1.2.3", source } })));
    expect(event).toMatchObject({ commit: null, branch: null, attributes: { "alumiini.source.revision": "1.2.3" } });
  });

  it("rolls back to an older revision: another operation, another event", () => {
    const at = (startedAt: string) => operation({ phase: "Succeeded", startedAt, syncResult: { revision: A } });
    const [first] = wire(map(argocd, at("2026-01-01T00:00:00Z")));
    const [again] = wire(map(argocd, at("2026-01-02T00:00:00Z")));
    expect([again?.commit, again?.id === first?.id]).toEqual([A, false]);
  });

  it.each([
    [{ sync: { autoHealAttemptsCount: 2 }, initiatedBy: { automated: true } }, "reconcile"],
    [{ initiatedBy: { automated: true } }, null],
    [{ initiatedBy: { username: "admin" } }, "manual"],
    [{}, null],
  ])("tells what began an operation: %o", (asked, trigger) => {
    expect(wire(map(argocd, operation({ phase: "Running", operation: asked })))).toMatchObject([{ trigger }]);
  });

  it("joins the start and the end of a sync", () => {
    const phases = ["Running", "Succeeded"].flatMap((phase) => wire(map(argocd, operation({ phase }))));
    expect(phases[0]?.attributes["alumiini.sync.id"]).toBe(phases[1]?.attributes["alumiini.sync.id"]);
    // Also by id, the start sorts first.
    expect(String(phases[0]?.id) < String(phases[1]?.id)).toBe(true);
  });

  it("lists more resources than an event may hold: all are counted", () => {
    for (const [letter, listed] of [
      ["n", 257],
      [":", 65],
      ["ä", 65],
    ] as const) {
      const name = letter.repeat(250);
      const resources = Array.from({ length: 1500 }, () => ({
        kind: "ConfigMap",
        name,
        namespace: name,
        status: "Synced",
      }));
      const [event] = wire(map(argocd, operation({ phase: "Succeeded", syncResult: { revision: A, resources } })));
      expect(event?.resources_applied).toBe(1500);
      expect(event?.attributes["alumiini.resources"]).toHaveLength(listed);
    }
  });
});
