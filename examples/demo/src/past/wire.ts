import type { WireEvent } from "@alumiini/core";

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A repository of the made-up fleet. */
export interface Place {
  readonly cluster: string;
  readonly namespace: string;
  readonly repo: string;
  readonly environment: string;
}

/** One sync and how it went. */
export interface Sync {
  readonly place: Place;
  /** When it started, in milliseconds since the Unix epoch. */
  readonly at: number;
  /** Milliseconds. */
  readonly took: number;
  readonly commit: string;
  readonly previous: string;
  readonly trigger: "webhook" | "poll";
  /** When the commit was made; undefined where no event tells. */
  readonly committedAt?: number | undefined;
  /** What it failed with, after it had written to the cluster. */
  readonly failure?: { readonly type: string; readonly message: string } | undefined;
  readonly rolloutRef?: string | undefined;
}

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Makes the made-up events; their ids rise and repeat with every run that starts at the same time. */
export class Wire {
  #made: number;

  /** @param first the number that the first id ends in */
  constructor(first = 0) {
    this.#made = first;
  }

  /** An event in the wire form. */
  event(
    type: string,
    { cluster, namespace, repo, environment }: Place,
    at: number,
    { attributes = {}, ...fields }: Partial<Omit<WireEvent, "attributes">> & { attributes?: Record<string, unknown> },
  ): Record<string, unknown> {
    const failed = type.endsWith("failed");
    const underWay = type.endsWith("started") || type === "drift_detected";
    return {
      id: ulid(at, ++this.#made),
      timestamp: new Date(at).toISOString(),
      type,
      severity: failed ? "error" : "info",
      outcome: underWay ? "unknown" : failed ? "failure" : "success",
      repo_name: repo,
      namespace,
      cluster_id: cluster,
      ...fields,
      attributes: { "deployment.environment.name": environment, ...attributes },
    };
  }

  /** A sync that found nothing new. */
  heartbeat(place: Place, at: number, commit: string, took: number): Record<string, unknown>[] {
    const attributes = {
      "alumiini.sync.id": `poll-${place.repo}-${this.#made}`,
      "alumiini.repo.previous_commit": commit,
    };
    const fields = { commit, trigger: "poll", attributes } as const;
    return [
      this.event("sync_started", place, at, fields),
      this.event("sync_completed", place, at + took, { ...fields, duration_ms: took, resources_applied: 0 }),
    ];
  }

  /** The events of a sync that brought a revision. */
  sync(sync: Sync): Record<string, unknown>[] {
    const { place, at, took, commit, previous, trigger, committedAt, failure, rolloutRef } = sync;
    const { namespace, repo } = place;
    const attributes = {
      "alumiini.sync.id": `${repo}-${commit.slice(0, 7)}-${this.#made}`,
      "alumiini.repo.previous_commit": previous,
      "alumiini.repo.url": `https://github.com/example/${repo}.git`,
      ...(rolloutRef !== undefined && { "alumiini.rollout.ref": rolloutRef }),
    };
    const common = { commit, branch: "main", attributes };
    const resources = [
      { kind: "Deployment", namespace, name: repo },
      { kind: "ConfigMap", namespace, name: `${repo}-settings` },
      { kind: "Service", namespace, name: repo },
    ];
    const failed = failure && { error_type: failure.type, error_message: failure.message };
    const fetched = Math.min(2 * SECOND, Math.round(took * 0.2));
    const applied = Math.round((took - fetched) * 0.5);
    const pushed =
      committedAt === undefined
        ? []
        : [
            this.event("webhook_received", place, at - 400, {
              commit,
              branch: "main",
              duration_ms: 12,
              attributes: { "alumiini.webhook.provider": "github", "alumiini.repo.committed_at": committedAt },
            }),
          ];
    return [
      ...pushed,
      this.event("sync_started", place, at, { ...common, trigger }),
      this.event("git_fetched", place, at + fetched, { ...common, duration_ms: fetched }),
      this.event("apply_started", place, at + fetched + 100, common),
      this.event(failed ? "apply_failed" : "apply_completed", place, at + fetched + applied, {
        ...common,
        ...failed,
        duration_ms: applied,
        resources_applied: resources.length,
        attributes: { ...attributes, "alumiini.resources": resources },
      }),
      this.event(failed ? "sync_failed" : "sync_completed", place, at + took, {
        ...common,
        ...failed,
        trigger,
        duration_ms: took,
        resources_applied: resources.length,
      }),
    ];
  }
}

function ulid(time: number, unique: number): string {
  let id = "";
  for (let rest = time, left = 10; left > 0; left--) {
    id = ALPHABET.charAt(rest % 32) + id;
    rest = Math.floor(rest / 32);
  }
  return id + String(unique).padStart(16, "0");
}
