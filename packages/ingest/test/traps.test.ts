import { toWire, type WireEvent } from "@alumiini/core";
import { describe, expect, it } from "vitest";
import type { HeadersLike, Mapped, Mapper } from "../src/index.js";
import { argocd, flux, github, gitlab, tekton } from "../src/index.js";
import { CONTEXT } from "./support/fixtures.js";
import { fluxText } from "./support/requests.js";

const A = "a1".repeat(20);
const B = "b2".repeat(20);

function map(mapper: Mapper, body: unknown, headers: HeadersLike = {}, context = CONTEXT): Mapped {
  return mapper({ headers, body: typeof body === "string" ? body : JSON.stringify(body) }, context);
}

function wire(mapped: Mapped): WireEvent[] {
  expect(mapped.rejected).toBeUndefined();
  return mapped.events.map(toWire);
}

const fluxOf = (fields: object, second = 1) => wire(map(flux, fluxText(second, { ...fields })));
const error = { severity: "error" };
const helm = {
  involvedObject: {
    kind: "HelmRelease",
    namespace: "shop",
    name: "web",
    uid: "h",
    apiVersion: "helm.toolkit.fluxcd.io/v2",
  },
};

/* Each case is a public report, or what the source's code does. */

describe("Flux", () => {
  it("reports failures with the reason Progressing (kustomize-controller #144)", () => {
    const message = "Deployment/shop/web dry-run failed: invalid";
    expect(fluxOf({ ...error, reason: "Progressing", message })).toMatchObject([
      { type: "sync_failed", error_type: "apply_error", error_message: message },
    ]);
  });

  it.each([
    ["BuildFailed", "parse_error"],
    ["ArtifactFailed", "git_error"],
    ["HealthCheckFailed", "apply_error"],
    ["PruneFailed", "apply_error"],
    ["ReconciliationFailed", "apply_error"],
    ["error", "apply_error"],
    ["SomethingNew", "apply_error"],
  ])("tells the error type of %s", (reason, errorType) => {
    expect(fluxOf({ ...error, reason, message: "no" })).toMatchObject([{ type: "sync_failed", error_type: errorType }]);
  });

  it("has messages of the same failure again and again, each a failure (notification-controller #158)", () => {
    const seconds = [0, 1, 2, 3];
    const events = seconds.flatMap((second) => fluxOf({ ...error, reason: "BuildFailed", message: "no" }, second));
    expect(new Set(events.map(({ id }) => id)).size).toBe(seconds.length);
  });

  it.each([
    ["16.5s", 16_500],
    ["380.2ms", 380],
    ["1m4.5s", 64_500],
    ["2h0m0.000001s", 7_200_000],
    ["850µs", 1],
    ["850us", 1],
    ["12ns", 0],
  ])("writes durations as Go does: %s (notification-controller #509)", (text, durationMs) => {
    const message = `Reconciliation finished in ${text}, next run in 5m0s`;
    expect(fluxOf({ message })).toMatchObject([{ type: "sync_completed", duration_ms: durationMs }]);
  });

  it.each(["soon", "5", "s", "1x", "-5s"])("may one day write %s, which is no duration", (text) => {
    const message = `Reconciliation finished in ${text}, next run in 5m0s`;
    expect(fluxOf({ message })).toMatchObject([{ type: "sync_completed", duration_ms: null }]);
  });

  it("reports success without a change, which tells no trigger (kustomize-controller #1280)", () => {
    expect([...fluxOf({}, 1), ...fluxOf({}, 301)]).toMatchObject([
      { type: "sync_completed", trigger: null },
      { type: "sync_completed", trigger: null },
    ]);
  });

  it.each(["Helm install succeeded", "Helm upgrade succeeded", "Helm upgrade succeeded for release shop/web.v3"])(
    "has HelmReleases with the reason info and no revision: %s (flux2 #3937)",
    (message) => {
      expect(fluxOf({ ...helm, reason: "info", message, metadata: undefined })).toMatchObject([
        { type: "sync_completed", repo_name: "helmrelease/web", commit: null },
      ]);
    },
  );

  it("has events without a revision (notification-controller #106)", () => {
    expect(fluxOf({ metadata: undefined })).toMatchObject([{ type: "sync_completed", commit: null, branch: null }]);
  });

  it.each([
    [`main@sha1:${A}`, A, "main"],
    [`feature/a@b@sha1:${A}`, A, "feature/a@b"],
    [`refs/heads/main@sha1:${A}`, A, "main"],
    [`refs/pull/1/head@sha1:${A}`, A, null],
    [`sha1:${A}`, A, null],
    [`main/${A}`, A, "main"],
    [A, A, null],
    [`latest@sha256:${"c".repeat(64)}`, null, null],
    [`sha256:${"c".repeat(64)}`, null, null],
    ["6.5.4", null, null],
    ["main@sha1:short", null, null],
    ["main", null, null],
  ])("names revisions in many ways: %s", (revision, commit, branch) => {
    expect(fluxOf({ metadata: { revision } })).toMatchObject([{ commit, branch }]);
    if (commit === null) {
      expect(fluxOf({ metadata: { revision } })[0]?.attributes["alumiini.source.revision"]).toBe(revision);
    }
  });

  it("names the commit behind an artifact as originRevision, which wins", () => {
    const metadata = { revision: `latest@sha256:${"c".repeat(64)}`, originRevision: `main@sha1:${A}` };
    expect(fluxOf({ metadata })).toMatchObject([{ commit: A, branch: "main" }]);
  });

  it("sends metadata with the group before the key, and without: the same event", () => {
    const revision = `main@sha1:${A}`;
    const [bare] = fluxOf({ metadata: { revision } });
    const [prefixed] = fluxOf({ metadata: { "kustomize.toolkit.fluxcd.io/revision": revision } });
    expect(prefixed).toEqual(bare);
    // Each Alert adds its own.
    expect(fluxOf({ metadata: { revision, summary: "x", cluster: "y" } })).toEqual([bare]);
  });

  it.each([
    [{ severity: "trace", reason: "ArtifactUpToDate" }, "ArtifactUpToDate"],
    [{ reason: "DependencyNotReady" }, "DependencyNotReady"],
    [{ ...error, reason: "DependencyNotReady" }, "DependencyNotReady"],
    [{ reason: "Progressing", message: "Health check passed in 5s" }, "Progressing"],
    [{ reason: "HealthCheckCanceled", message: "Health checks canceled" }, "HealthCheckCanceled"],
    [{ ...helm, reason: "UninstallSucceeded", message: "Helm uninstall succeeded" }, "UninstallSucceeded"],
    [{ ...helm, reason: "info", message: "Helm upgrade has started" }, "info"],
    [{ reason: "a reason\nof two lines", message: "-" }, "other"],
    [{ involvedObject: { kind: "ImagePolicy", namespace: "n", name: "x" } }, "kind_not_mapped"],
  ])("sends much that is no event: %o", (fields, reason) => {
    const mapped = map(flux, fluxText(1, fields));
    expect(mapped).toEqual({ events: [], ignored: { reason } });
  });

  it("sends drift as an error, which is no failed sync", () => {
    const message =
      "Cluster state of release shop/web.v1 has drifted from the desired state:\nDeployment/shop/web changed (0 additions, 1 changes, 0 removals)";
    expect(fluxOf({ ...helm, ...error, reason: "DriftDetected", message })).toMatchObject([
      { type: "drift_detected", attributes: { "alumiini.resource.key": "Deployment/shop/web" } },
    ]);
    const without = "Cluster state of release shop/web.v1 has drifted";
    expect(fluxOf({ ...helm, ...error, reason: "DriftDetected", message: without })).toMatchObject([
      { type: "drift_detected", attributes: { "alumiini.resource.key": "HelmRelease/shop/web" } },
    ]);
    const failed = "Failed to correct cluster state of release shop/web.v1:\nDeployment/shop/web dry-run failed";
    expect(fluxOf({ ...helm, ...error, reason: "DriftCorrectionFailed", message: failed })).toMatchObject([
      { type: "drift_corrected", outcome: "failure", error_type: "drift_error" },
    ]);
  });

  it("has messages of up to 39,000 characters, with log tails and credentials", () => {
    const message = `Helm install failed: ${"x".repeat(20_000)} password=hunter2hunter2 ${"y".repeat(18_000)}`;
    const [failed] = fluxOf({ ...helm, ...error, reason: "InstallFailed", message });
    expect(failed?.error_message?.length).toBeLessThanOrEqual(8192);
    const [secret] = fluxOf({
      ...helm,
      ...error,
      reason: "InstallFailed",
      message: "token=ghp_0123456789abcdef0123 no",
    });
    expect(JSON.stringify(secret)).not.toContain("ghp_0123456789");
  });

  it("cuts no secret in two", () => {
    for (let before = 8150; before < 8200; before++) {
      const message = `${"x ".repeat(before / 2)}https://user:hunter2hunter2@git.example/x ${"y".repeat(9000)}`;
      const [failed] = fluxOf({ ...helm, ...error, reason: "InstallFailed", message });
      expect(failed?.error_message).not.toContain("hunter2");
    }
  });

  it("reports more objects than an event lists: all are counted", () => {
    const lines = Array.from({ length: 1200 }, (_, index) => `ConfigMap/shop/c${index} created`);
    const [applied] = fluxOf({ reason: "Progressing", message: lines.join("\n") });
    expect(applied?.resources_applied).toBe(1200);
    expect(applied?.attributes["alumiini.resources"]).toHaveLength(1000);
  });
});

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
});

const repository = { id: 7, name: "shop", full_name: "acme/shop", clone_url: "https://github.com/acme/shop.git" };
const ghStatus = (state: string, id = 1) => ({
  deployment_status: { id, state, created_at: "2026-01-01T00:01:00Z", environment: "production" },
  deployment: { id: 3, sha: A, ref: "main", created_at: "2026-01-01T00:00:00Z" },
  repository,
});
const GH_STATUS = { "X-GitHub-Event": "deployment_status" };

describe("GitHub", () => {
  it("sends a status again under another delivery: the same event", () => {
    const sent = ["d-1", "d-2"].flatMap((delivery) =>
      wire(map(github, ghStatus("success"), { ...GH_STATUS, "X-GitHub-Delivery": delivery })),
    );
    expect(sent[1]).toEqual(sent[0]);
  });

  it.each(["inactive", "queued", "pending", "waiting"])(
    "has states that are no event: %s (github/docs #3736)",
    (state) => {
      expect(map(github, ghStatus(state), GH_STATUS)).toEqual({ events: [], ignored: { reason: state } });
    },
  );

  it("tells the commit's time with a push, and its own where it does", () => {
    const push = { ref: "refs/heads/main", before: A, after: B, repository };
    const head_commit = { id: B, timestamp: "2026-01-01T02:00:00+02:00" };
    const [event] = map(github, { ...push, head_commit }, { "x-github-event": "push" }).events;
    expect(event).toMatchObject({ timestamp: Date.UTC(2026, 0, 1), committedAt: Date.UTC(2026, 0, 1) });
    const later = { ...push, head_commit, repository: { ...repository, pushed_at: Date.UTC(2026, 0, 2) / 1000 } };
    const [dated] = map(github, later, { "x-github-event": "push" }).events;
    expect(dated).toMatchObject({ timestamp: Date.UTC(2026, 0, 2), committedAt: Date.UTC(2026, 0, 1) });
  });

  it("deploys a repository to several environments, which the context may name otherwise", () => {
    const environment = () => "prod-eu";
    const [event] = wire(map(github, ghStatus("success"), GH_STATUS, { ...CONTEXT, environment }));
    expect(event?.attributes["deployment.environment.name"]).toBe("prod-eu");
  });

  it("sends no delivery without its event's name", () => {
    expect(map(github, ghStatus("success")).rejected).toEqual({
      path: "",
      message: expect.stringContaining("x-github-event"),
    });
  });
});

describe("GitLab", () => {
  const deployment = (status: string, fields: object = {}) => ({
    object_kind: "deployment",
    status,
    deployment_id: 5,
    status_changed_at: "2026-01-01 02:00:00 +0200",
    environment: "production",
    project: { id: 9, path_with_namespace: "acme/platform/shop" },
    commit_url: `https://gitlab.example/acme/platform/shop/-/commit/${A}`,
    short_sha: A.slice(0, 8),
    ref: "main",
    ...fields,
  });

  it("has cancelled deployments, which have not failed", () => {
    expect(wire(map(gitlab, deployment("canceled")))).toMatchObject([
      { type: "sync_failed", error_type: "cancelled", outcome: "unknown", severity: "info" },
    ]);
  });

  it("sends one deployment to two hooks: the same event", () => {
    const sent = ["k1", "k2"].flatMap((key) => wire(map(gitlab, deployment("success"), { "Idempotency-Key": key })));
    expect(sent[1]).toEqual(sent[0]);
    expect(sent[0]).toMatchObject({ commit: A, namespace: "acme/platform", repo_name: "shop" });
  });

  it("writes times in two ways", () => {
    const iso = wire(map(gitlab, deployment("success", { status_changed_at: "2026-01-01T00:00:00Z" })));
    expect(wire(map(gitlab, deployment("success")))).toEqual(iso);
  });

  it.each(["created", "blocked", "skipped"])("has statuses that are no event: %s", (status) => {
    expect(map(gitlab, deployment(status)).ignored).toEqual({ reason: status });
  });
});

describe("Tekton", () => {
  const run = (status: object) => ({
    pipelineRun: { metadata: { name: "r-1", namespace: "ci", uid: "u", generateName: "build-" }, status },
  });
  const headers = (state: string, id: string, time: string) => ({
    "ce-type": `dev.tekton.event.pipelinerun.${state}.v1`,
    "ce-id": id,
    "ce-time": time,
    "ce-source": "/apis/tekton.dev/v1/namespaces/ci/pipelineruns/r-1",
  });
  const done = { startTime: "2026-01-01T00:00:00Z", completionTime: "2026-01-01T00:00:30Z" };

  it("sends an event again under another id and time (#3617, #3336): the same event", () => {
    const sent = [
      ...wire(map(tekton, run(done), headers("successful", "1", "2026-01-01T00:00:31Z"))),
      ...wire(map(tekton, run(done), headers("successful", "2", "2026-01-01T00:00:33Z"))),
    ];
    expect(sent[1]).toEqual(sent[0]);
    expect(sent[0]).toMatchObject({ type: "sync_completed", repo_name: "build", duration_ms: 30_000 });
  });

  it("does not tell the end before the start by its times, in whatever order it sends (#3282)", () => {
    const started = wire(
      map(tekton, run({ startTime: done.startTime }), headers("started", "9", "2026-01-01T00:01:00Z")),
    );
    const ended = wire(map(tekton, run(done), headers("successful", "1", "2026-01-01T00:00:31Z")));
    expect(String(started[0]?.timestamp) < String(ended[0]?.timestamp)).toBe(true);
    expect(started[0]?.attributes["alumiini.sync.id"]).toBe(ended[0]?.attributes["alumiini.sync.id"]);
  });

  it.each(["running", "unknown"])("sends states that are no event: %s", (state) => {
    expect(map(tekton, run({}), headers(state, "1", "2026-01-01T00:00:00Z")).ignored).toEqual({
      reason: `pipelinerun.${state}`,
    });
  });
});
