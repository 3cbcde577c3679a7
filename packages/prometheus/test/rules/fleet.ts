import type { Replica } from "./timeline.js";

/** Repositories by name. */
export function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `app-${index + 1}`);
}

/** What a sync did. */
export interface SyncOptions {
  readonly ok?: boolean;
  /** Ended by the controller's own shutdown. */
  readonly cancelled?: boolean;
  readonly durationMs?: number;
  readonly fetchMs?: number;
  readonly applyMs?: number;
  readonly trigger?: "poll" | "webhook";
}

/** Lets a repository sync once: fetch, apply, and the end of the sync. */
export function sync({ telemetry }: Replica, repoName: string, options: SyncOptions = {}): void {
  const { ok = true, cancelled = false, durationMs = 2000, fetchMs = 300, applyMs = 200, trigger = "poll" } = options;
  const repository = { repoName, namespace: "team-a" };
  telemetry.emit("sync_started", { ...repository, trigger });
  telemetry.emit("git_fetched", { ...repository, durationMs: fetchMs });
  if (cancelled) {
    telemetry.emit("sync_failed", { ...repository, trigger, durationMs, errorType: "cancelled" });
  } else if (ok) {
    telemetry.emit("apply_completed", { ...repository, durationMs: applyMs });
    telemetry.emit("sync_completed", { ...repository, trigger, durationMs });
  } else {
    telemetry.emit("sync_failed", { ...repository, trigger, durationMs, errorType: "parse_error" });
  }
}

/** Makes repositories known, as a controller does at its start. */
export function register({ prometheus }: Replica, repositories: readonly string[]): void {
  for (const name of repositories) prometheus.registerRepository(name, { namespace: "team-a" });
}
