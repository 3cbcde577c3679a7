import type { Subscriber } from "@alumiini/core";
import { createTelemetry, describeFailure, type Telemetry } from "@alumiini/core";

/** A name as an attacker would choose it; its second half of a character can't be written in UTF-8. */
const HOSTILE = `"';\\\n\u0000{}<>\u202e\ud83d`;

/** Some days in the life of a controller: what a receiver gets of them is known beforehand. */
export async function runController(otel: Subscriber, callHttp: (url: string) => Promise<void>): Promise<void> {
  const telemetry = createTelemetry({
    clusterId: "prod-us-east",
    onFailure: (report) => process.stderr.write(`${describeFailure(report)}\n`),
  });
  telemetry.subscribe(otel);
  telemetry.measure("worker_count", { count: 3 });
  telemetry.emit("worker_started", { repoName: "shop", namespace: "team-a" });
  await syncAfterWebhook(telemetry, callHttp);
  await failingSync(telemetry);
  await syncOfHostileNames(telemetry);
  emittedSync(telemetry);
  telemetry.emit("worker_stopped", { repoName: "shop", namespace: "team-a", errorType: "worker_error" });
  await telemetry.close();
}

async function syncAfterWebhook(telemetry: Telemetry, callHttp: (url: string) => Promise<void>): Promise<void> {
  const repository = {
    repoName: "shop",
    namespace: "team-a",
    repoUrl: "https://x-access-token:ghp_0123456789abcdefghijklmnopqrstuvwxyz@github.com/org/shop.git",
    branch: "main",
  };
  telemetry.emit("webhook_received", { ...repository, provider: "github", durationMs: 2 });
  await telemetry.run("sync", { ...repository, trigger: "webhook", repoPath: "deploy/" }, async (sync) => {
    await sync.run("git", { operation: "clone" }, async (git) => {
      await callHttp("https://github.com/org/shop.git/info/refs");
      git.complete({ commit: "4f2a91c8e0d35b7a6c1f9e2d8b4a7c3e5f6d1b02" });
    });
    await sync.run("apply", {}, async (apply) => {
      apply.start("drift", { resourceKey: "Service/team-a/shop" }).complete();
      apply.complete({ resources: [{ kind: "Service", namespace: "team-a", name: "shop" }] });
    });
    sync.complete({ commit: "4f2a91c8e0d35b7a6c1f9e2d8b4a7c3e5f6d1b02", resourcesApplied: 1 });
  });
}

async function failingSync(telemetry: Telemetry): Promise<void> {
  const fields = { repoName: "blog", namespace: "team-b", trigger: "poll" } as const;
  const failing = telemetry.run("sync", fields, (sync) =>
    sync.run("git", { operation: "fetch" }, async () => {
      throw new Error("network timeout");
    }),
  );
  await failing.catch(() => {}); // The controller would try again.
}

async function syncOfHostileNames(telemetry: Telemetry): Promise<void> {
  const fields = { repoName: HOSTILE, namespace: HOSTILE, trigger: "manual", branch: HOSTILE } as const;
  await telemetry.run("sync", { ...fields, attributes: { [HOSTILE]: HOSTILE } }, async (sync) => {
    sync.start("drift", { resourceKey: HOSTILE }).fail(new Error(HOSTILE));
  });
}

function emittedSync(telemetry: Telemetry): void {
  const fields = { repoName: "docs", namespace: "team-b", trigger: "startup", syncId: "emitted-1" } as const;
  telemetry.emit("sync_started", fields);
  telemetry.emit("git_fetched", { ...fields, durationMs: 320 });
  telemetry.emit("sync_completed", { ...fields, durationMs: 1500, resourcesApplied: 0 });
}
