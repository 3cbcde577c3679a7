import { toWire } from "@alumiini/core";
import { describe, expect, it } from "vitest";
import { argocd, backfill } from "../src/index.js";
import { CONTEXT } from "./support/fixtures.js";

const A = "a1".repeat(20);
const B = "b2".repeat(20);
const OPTIONS = { clusterId: "test" };

const metadata = (name: string, namespace = "shop") => ({ name, namespace, uid: `uid-${name}` });
const flux = (kind: string, group: string, name: string, spec: object, status: object) => ({
  apiVersion: `${group}.toolkit.fluxcd.io/v1`,
  kind,
  metadata: metadata(name),
  spec,
  status,
});

const gitRepository = flux(
  "GitRepository",
  "source",
  "platform",
  { url: "https://git.example/org/platform.git" },
  { artifact: { revision: `main@sha1:${B}`, lastUpdateTime: "2026-03-01T08:59:00Z", digest: "sha256:ab" } },
);
const kustomization = flux(
  "Kustomization",
  "kustomize",
  "web",
  { suspend: true, path: "./deploy", sourceRef: { kind: "GitRepository", name: "platform" } },
  {
    history: [
      {
        digest: "sha256:2",
        firstReconciled: "2026-03-01T10:00:00Z",
        lastReconciled: "2026-03-01T10:10:00Z",
        lastReconciledDuration: "1.5s",
        lastReconciledStatus: "HealthCheckFailed",
        totalReconciliations: 3,
        metadata: { revision: `main@sha1:${B}` },
      },
      {
        digest: "sha256:1",
        firstReconciled: "2026-03-01T09:00:00Z",
        lastReconciled: "2026-03-01T09:50:00Z",
        lastReconciledDuration: "2m0.25s",
        lastReconciledStatus: "ReconciliationSucceeded",
        totalReconciliations: 11,
        metadata: { revision: `main@sha1:${A}` },
      },
    ],
  },
);
const helmRelease = flux(
  "HelmRelease",
  "helm",
  "cache",
  {},
  {
    history: [
      {
        version: 3,
        digest: "3",
        chartName: "cache",
        chartVersion: "1.2.0",
        status: "failed",
        lastDeployed: "2026-03-01T12:00:00Z",
      },
      {
        version: 2,
        digest: "2",
        chartName: "cache",
        chartVersion: "1.1.0",
        status: "deployed",
        lastDeployed: "2026-03-01T11:00:00Z",
      },
      {
        version: 1,
        digest: "1",
        chartName: "cache",
        chartVersion: "1.0.0",
        status: "superseded",
        lastDeployed: "2026-02-01T11:00:00Z",
      },
    ],
  },
);

const source = { repoURL: "https://git.example/org/shop.git", path: "deploy", targetRevision: "main" };
const application = (history: readonly object[], operation?: object) => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: metadata("shop", "argocd"),
  spec: { source, syncPolicy: { automated: { enabled: false } } },
  status: {
    history,
    ...(operation && {
      operationState: { phase: "Succeeded", syncResult: { revision: B, source }, ...operation },
    }),
  },
});
// One second apart, as Argo CD writes them.
const entry = {
  id: 1,
  revision: B,
  source,
  deployStartedAt: "2026-03-01T08:00:00Z",
  deployedAt: "2026-03-01T08:00:05Z",
};
const operation = { startedAt: "2026-03-01T08:00:00Z", finishedAt: "2026-03-01T08:00:04Z" };

const wire = (given: unknown, options = OPTIONS) => backfill(given, options).events.map(toWire);

describe("backfill of Flux", () => {
  it("reads the history of Kustomizations, joined with the address of their source", () => {
    const events = wire({ kind: "List", apiVersion: "v1", items: [kustomization, gitRepository] });
    const web = { repo_name: "kustomization/web", namespace: "shop" };
    const attributes = expect.objectContaining({
      "alumiini.repo.url": "https://git.example/org/platform.git",
      "alumiini.repo.path": "./deploy",
      "alumiini.source.suspended": true,
    });
    expect(events).toEqual([
      expect.objectContaining({ type: "git_fetched", repo_name: "gitrepository/platform", commit: B, branch: "main" }),
      expect.objectContaining({
        ...web,
        type: "sync_completed",
        timestamp: "2026-03-01T09:00:00.000Z",
        commit: A,
        attributes,
      }),
      expect.objectContaining({
        ...web,
        type: "sync_completed",
        timestamp: "2026-03-01T09:50:00.000Z",
        duration_ms: 120_250,
      }),
      expect.objectContaining({
        ...web,
        type: "sync_failed",
        timestamp: "2026-03-01T10:10:00.000Z",
        commit: B,
        error_type: "apply_error",
      }),
    ]);
  });

  it("reads the history of HelmReleases: a chart's version is no commit", () => {
    expect(wire(helmRelease)).toEqual([
      expect.objectContaining({ type: "sync_completed", timestamp: "2026-02-01T11:00:00.000Z", commit: null }),
      expect.objectContaining({ type: "sync_completed", timestamp: "2026-03-01T11:00:00.000Z", commit: null }),
      expect.objectContaining({ type: "sync_failed", timestamp: "2026-03-01T12:00:00.000Z" }),
    ]);
  });

  it("keeps the id of a version that another has superseded", () => {
    const [deployed] = wire({ ...helmRelease, status: { history: [helmRelease.status["history" as never][1]] } });
    const superseded = { ...(helmRelease.status["history" as never][1] as object), status: "superseded" };
    expect(wire({ ...helmRelease, status: { history: [superseded] } })[0]?.id).toBe(deployed?.id);
  });

  it("tells which objects are suspended", () => {
    const { suspensions } = backfill([kustomization, [helmRelease]], OPTIONS);
    expect(suspensions).toEqual([
      { repoName: "kustomization/web", namespace: "shop", suspended: true },
      { repoName: "helmrelease/cache", namespace: "shop", suspended: false },
    ]);
  });
});

describe("backfill of Argo CD", () => {
  it("makes one event of an operation and its history entry, the one that a notification makes", () => {
    const app = application([entry], operation);
    const { events, suspensions } = backfill(app, OPTIONS);
    const notified = argocd({ headers: {}, body: JSON.stringify({ app }) }, CONTEXT).events;
    expect(events).toEqual(notified);
    expect(events).toHaveLength(1);
    expect(suspensions).toEqual([{ repoName: "shop", namespace: "argocd", suspended: true }]);
  });

  it("gives a sync the id that its notification had, also when only the history is left of it", () => {
    const notified = argocd({ headers: {}, body: JSON.stringify({ app: application([], operation) }) }, CONTEXT).events;
    const [left] = backfill(application([entry]), OPTIONS).events;
    expect(left).toMatchObject({ id: notified[0]?.id, type: "sync_completed", commit: B, durationMs: 5000 });
  });

  it("reads entries of several sources, and old ones without a start", () => {
    const sources = [{ repoURL: "https://charts.example", chart: "shop", targetRevision: "1.0.0" }, source];
    const events = wire(
      application([
        {
          id: 1,
          revisions: ["1.0.0", A],
          sources,
          deployedAt: "2026-01-01T00:00:00Z",
          initiatedBy: { username: "admin" },
        },
      ]),
    );
    expect(events).toEqual([
      expect.objectContaining({ commit: A, branch: "main", duration_ms: null, trigger: "manual" }),
    ]);
    expect(events[0]?.attributes["alumiini.source.revision"]).toBe(`1.0.0,${A}`);
  });
});

describe("backfill", () => {
  it("keeps to the time that it is given", () => {
    const options = { ...OPTIONS, since: Date.UTC(2026, 2, 1, 11), until: Date.UTC(2026, 2, 1, 12) };
    const { events, ignored } = backfill(JSON.stringify(helmRelease), options);
    expect(events.map(({ timestamp }) => timestamp)).toEqual([Date.UTC(2026, 2, 1, 11)]);
    expect(ignored).toEqual({ outside_the_time: 2 });
  });

  it("counts what it knows nothing of, and says where something is wrong", () => {
    const pod = { apiVersion: "v1", kind: "Pod", metadata: metadata("x") };
    const nameless = { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease" };
    const given = new TextEncoder().encode(
      JSON.stringify({ kind: "List", items: [pod, nameless, 3, null, helmRelease] }),
    );
    const { events, ignored, rejected } = backfill(given, OPTIONS);
    expect(events).toHaveLength(3);
    expect(ignored).toEqual({ kind_not_mapped: 1 });
    expect(rejected.map(({ path }) => path)).toEqual(["/items/1/metadata/name", "/items/2/kind", "/items/3/kind"]);
  });

  it.each(["", "{", new Uint8Array([0xff])])("says so where there is no JSON: %s", (given) => {
    expect(backfill(given, OPTIONS)).toMatchObject({ events: [], rejected: [{ path: "" }] });
  });
});
