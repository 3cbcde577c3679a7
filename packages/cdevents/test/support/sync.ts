import type { AluminiEvent } from "@alumiini/core";
import { deterministicTelemetry } from "./events.js";

const REPOSITORY = {
  repoName: "my-app",
  namespace: "default",
  branch: "main",
  repoUrl: "https://github.com/org/my-app.git",
  trigger: "webhook",
} as const;
const COMMIT = "4f2a91c8e0d35b7a6c1f9e2d8b4a7c3e5f6d1b02";
const PREVIOUS = "9b1e4d7c2a5f8036e9d4c7b1a8f5e2d3c6b90a17";
export const SYNC_ID = "01JD2V5T8Y3QK7ZC4N6X9WB0RM";

/** The events of one sync, as a controller emits them: from the webhook to the end. */
export function syncEvents(
  end: "success" | "failure",
  more: { readonly rolloutRef?: string } = {},
): readonly AluminiEvent[] {
  const { telemetry, events } = deterministicTelemetry();
  const sync = { ...REPOSITORY, ...more, syncId: SYNC_ID };
  const applied = { ...sync, commit: COMMIT, previousCommit: PREVIOUS };
  telemetry.emit("webhook_received", { ...REPOSITORY, provider: "github" });
  telemetry.emit("sync_started", sync);
  telemetry.emit("git_fetched", { ...applied, durationMs: 320 });
  telemetry.emit("apply_started", applied);
  if (end === "success") {
    const resources = [{ kind: "Deployment", namespace: "default", name: "my-app" }];
    telemetry.emit("apply_completed", { ...applied, durationMs: 800, resources });
    telemetry.emit("sync_completed", { ...applied, durationMs: 1500, resourcesApplied: 1 });
  } else {
    const error = { errorType: "conflict", errorMessage: "the object has been modified" };
    telemetry.emit("apply_failed", { ...applied, durationMs: 800, ...error });
    telemetry.emit("sync_failed", { ...applied, durationMs: 1500, ...error });
  }
  return [...events];
}
