import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { attachOtel, useAsyncContext } from "./support.js";
import { drawTraces } from "./trace-tree.js";

const DOCS = join(import.meta.dirname, "../../../docs");

beforeAll(useAsyncContext);

/** A webhook and the sync that follows, then one that fails; the clock moves when told to. */
async function twoSyncs() {
  const time = { now: Date.UTC(2024, 11, 16, 12), monotonic: 0 };
  const pass = (milliseconds: number) => {
    time.now += milliseconds;
    time.monotonic += milliseconds;
  };
  let ids = 0;
  const { telemetry, spans, logs, tracerProvider } = attachOtel(
    {},
    {
      clock: { now: () => time.now, monotonic: () => time.monotonic },
      generateId: () => `01JF7Z3J8Q${String(ids++).padStart(16, "0")}`,
    },
  );
  const http = tracerProvider.getTracer("http");
  const request = (name: string, milliseconds: number) => {
    const span = http.startSpan(name, { kind: 2, startTime: new Date(time.now) });
    pass(milliseconds);
    span.end(new Date(time.now));
  };
  const repository = {
    repoName: "my-app",
    namespace: "default",
    branch: "main",
    repoUrl: "https://github.com/org/my-app.git",
  };

  pass(3);
  telemetry.emit("webhook_received", { ...repository, provider: "github", durationMs: 3 });
  pass(40);
  await telemetry.run("sync", { ...repository, trigger: "webhook" }, async (sync) => {
    await sync.run("git", { operation: "fetch" }, async (git) => {
      request("GET", 120);
      pass(200);
      git.complete({ commit: "4f2a91c" });
    });
    const drift = sync.start("drift", { resourceKey: "Service/default/my-app" });
    await sync.run("apply", {}, async (apply) => {
      request("PATCH", 80);
      request("PATCH", 60);
      apply.complete({ resources: [{ kind: "Service", namespace: "default", name: "my-app" }] });
    });
    drift.complete();
    pass(5);
    sync.complete({ commit: "4f2a91c", resourcesApplied: 1 });
  });
  pass(30_000);
  const failing = telemetry.run("sync", { ...repository, trigger: "poll" }, (sync) =>
    sync.run("git", { operation: "fetch" }, async () => {
      pass(10_000);
      throw new Error("network timeout");
    }),
  );
  await expect(failing).rejects.toThrow("network timeout");
  return drawTraces(spans(), logs());
}

describe("docs/traces.md", () => {
  it("shows what is exported (vitest -u draws it anew)", async () => {
    const drawn = await twoSyncs();
    expect(drawn).toContain("SYNC my-app  SERVER");
    await expect(
      `${readFileSync(join(import.meta.dirname, "traces-head.md"), "utf8")}\n\`\`\`text\n${drawn}\n\`\`\`\n`,
    ).toMatchFileSnapshot(join(DOCS, "traces.md"));
  });
});
