import { describe, expect, it } from "vitest";
import { gitlab } from "../../src/index.js";
import { A, map, wire } from "../support/map.js";

/* Each case is a public report, or what the source's code does. */

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
