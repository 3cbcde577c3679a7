// A program of a user who has installed @alumiini/core: compiled and run outside of the workspace.
import { createTelemetry, EVENT_TYPES, FlushError, parseWire, TAXONOMY, toWire } from "@alumiini/core";
import { recordEvents, subscriberConformance } from "@alumiini/core/testing";

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(`failed: ${what}`);
}

const repository = { repoName: "my-app", namespace: "default", trigger: "manual" } as const;

async function main(): Promise<void> {
  let now = 1_700_000_000_000;
  const failures: string[] = [];
  const telemetry = createTelemetry({
    clusterId: "prod-us-east",
    resource: { "service.name": "alumiini", "service.version": "1.0.0" },
    clock: { now: () => now, monotonic: () => now },
    onFailure: (report) => failures.push(report.kind),
    classifyError: (error) => (error instanceof RangeError ? "quota" : undefined),
  });
  const recorder = recordEvents();
  telemetry.subscribe(recorder);
  const narrowed: number[] = [];
  const subscription = telemetry.subscribe({
    name: "narrow",
    types: ["sync_completed", "sync_failed"],
    handle: (event) => void narrowed.push(event.durationMs ?? -1),
  });

  telemetry.emit("sync_started", { ...repository, commit: "4f2a91c", branch: "main" });
  telemetry.emit("sync_completed", { ...repository, durationMs: 1500, resourcesApplied: 5 });
  telemetry.emit("sync_failed", { ...repository, durationMs: 7, errorType: "git_error", outcome: "timeout" });
  telemetry.emit("git_fetched", { ...repository, durationMs: 12, repoUrl: "https://user:token@host/my-app.git" });
  telemetry.emit("git_cloned", { ...repository, durationMs: 340, outcome: "failure", errorType: "git_timeout" });
  telemetry.emit("apply_started", { ...repository, repoPath: "deploy/" });
  telemetry.emit("apply_completed", {
    ...repository,
    durationMs: 80,
    resources: [{ kind: "Deployment", namespace: "default", name: "my-app", uid: "b7e1" }],
  });
  telemetry.emit("apply_failed", { ...repository, durationMs: 3, errorType: "conflict", severity: "critical" });
  telemetry.emit("drift_detected", { ...repository, resourceKey: "Deployment/default/my-app" });
  telemetry.emit("drift_corrected", { ...repository, resourceKey: "Deployment/default/my-app" });
  telemetry.emit("worker_started", { ...repository, workerId: "w-1" });
  telemetry.emit("worker_stopped", { ...repository, workerId: "w-1" });
  telemetry.emit("webhook_received", { ...repository, provider: "gitlab" });
  check(recorder.events.map((event) => event.type).join() === EVENT_TYPES.join(), "every type arrives, in order");
  check(narrowed.join() === "1500,7", "a subscriber of two types gets two events");
  check(recorder.ofType("git_fetched")[0]?.repoUrl === "https://host/my-app.git", "credentials are removed");
  check(TAXONOMY.drift_detected.severities[0] === "warning", "the taxonomy is data");
  subscription.unsubscribe();

  for (const event of recorder.events) {
    const wired = parseWire(JSON.parse(JSON.stringify(toWire(event))));
    check(
      wired.ok && wired.event.id === event.id && wired.event.type === event.type,
      `${event.type} survives the wire`,
    );
  }
  const refused = parseWire({ type: "sync_started" });
  check(!refused.ok && refused.error.path.startsWith("/"), "what is no event is refused, with the path");

  recorder.clear();
  const fault = new RangeError("too many objects");
  const caught = await telemetry
    .run("sync", repository, async (sync) => {
      now += 250;
      sync.start("git", { operation: "clone" }).complete({ commit: "4f2a91c" });
      throw fault;
    })
    .catch((error: unknown) => error);
  check(caught === fault, "run rethrows the error as it was");
  const failed = await recorder.waitFor("sync_failed");
  check(failed.errorType === "quota" && failed.durationMs === 250, "run fails with type and duration");
  check(recorder.ofType("git_cloned")[0]?.syncId === failed.syncId, "a child inherits the sync id");

  telemetry.measure("cache_access", { cacheName: "commits", result: "hit" });
  telemetry.measure("queue_depth", { queue: "webhooks", depth: 3 });
  check(recorder.ofKind("cache_access")[0]?.result === "hit", "measurements arrive");

  const stuck = telemetry.subscribe({ name: "stuck", handle() {}, flush: () => new Promise<void>(() => {}) });
  const late: unknown = await telemetry.flush({ timeoutMs: 20 }).catch((error: unknown) => error);
  check(late instanceof FlushError, "flush rejects at its deadline");
  stuck.unsubscribe();
  await telemetry.flush();
  check(failures.length === 0, `nothing failed: ${failures.join()}`);
  await telemetry.close();

  for (const conformance of subscriberConformance(() => ({ name: "conforming", handle() {} }))) await conformance.run();
}

// biome-ignore lint/suspicious/noConsole: how the test sees that the program got to its end
main().then(() => console.log("ok"));
