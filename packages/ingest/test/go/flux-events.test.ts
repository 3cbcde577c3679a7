import { spawnSync } from "node:child_process";
import { toWire } from "@alumiini/core";
import { needGoProgram } from "@alumiini-internal/test-support/go/program";
import { describe, expect, it, type TestContext } from "vitest";
import { flux, hmacSha256, ingestHandler } from "../../src/index.js";
import { Store } from "../support/target.js";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

interface Printed {
  readonly headers: Record<string, string>;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** What the program prints. */
function printedOrSkip(context: Pick<TestContext, "skip">): Printed[] {
  const program = needGoProgram(context, import.meta.dirname);
  const { stdout, status } = spawnSync(program, ["secret"], { encoding: "utf8" });
  if (status !== 0) throw new Error("the program failed");
  return stdout
    .trim()
    .split("\n")
    .map((line) => {
      const { headers, body } = JSON.parse(line);
      return { headers, body: new Uint8Array(Buffer.from(body, "base64")) };
    });
}

describe("events made by Flux's own Go module", () => {
  it("escape what Go escapes, and are signed over those bytes", (context) => {
    const text = printedOrSkip(context)
      .map(({ body }) => Buffer.from(body).toString("utf8"))
      .join("\n");
    for (const escaped of ["\\u003cb\\u003e", "\\u0026", "\\u2028"]) expect(text).toContain(escaped);
    expect(text).not.toMatch(/[<>&]/);
  });

  it("become events, the same with and without the group before their metadata's keys", async (context) => {
    const deliveries = printedOrSkip(context);
    const store = new Store();
    const verify = hmacSha256({ header: "x-signature", secrets: ["next", "secret"] });
    const handler = ingestHandler({ sources: { "/flux": { map: flux, verify } }, to: store, clusterId: "test" });
    for (const { headers, body } of deliveries) {
      const response = await handler(new Request("http://localhost/flux", { method: "POST", headers, body }));
      expect(response.status, await response.text()).toBe(200);
    }
    expect(handler.stats()).toMatchObject({ accepted: 5, duplicate: 5, ignored: { ArtifactUpToDate: 2 } });
    const branch = "feature/<x>&y";
    expect(store.taken.map(toWire)).toMatchObject([
      { type: "git_fetched", commit: COMMIT, branch, timestamp: "2026-05-01T08:00:00.000Z" },
      { type: "apply_completed", commit: COMMIT, resources_applied: 2 },
      { type: "sync_completed", commit: COMMIT, branch: "main", duration_ms: 64_500 },
      { type: "sync_failed", error_type: "parse_error", error_message: "kustomize build failed: <nil> & more" },
      { type: "sync_completed", repo_name: "helmrelease/web", commit: null },
    ]);
  });
});
