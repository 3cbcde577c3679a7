import { describe, expect, it } from "vitest";
import { flux } from "../../src/index.js";
import { A, map, wire } from "../support/map.js";
import { fluxText } from "../support/requests.js";

/* Each case is a public report, or what the source's code does. */

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
