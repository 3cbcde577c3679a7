// What must not compile. Each marked line is an error; a mark over a line without one is an error as well.
import { type AluminiEvent, createTelemetry, type EventOf, type Subscriber } from "@alumiini/core";

const telemetry = createTelemetry({ clusterId: "prod-us-east" });
const repository = { repoName: "my-app", namespace: "default", trigger: "poll" } as const;

// @ts-expect-error: clusterId is missing
createTelemetry({});
// @ts-expect-error: no such event type
telemetry.emit("sync_paused", repository);
// @ts-expect-error: trigger is missing
telemetry.emit("sync_started", { repoName: "my-app", namespace: "default" });
// @ts-expect-error: durationMs is missing
telemetry.emit("sync_completed", repository);
// @ts-expect-error: errorType is missing
telemetry.emit("sync_failed", { ...repository, durationMs: 1 });
// @ts-expect-error: no such field
telemetry.emit("sync_started", { ...repository, repositoryName: "my-app" });
// @ts-expect-error: a field of another type of event
telemetry.emit("sync_started", { ...repository, durationMs: 1 });
// @ts-expect-error: durationMs is a number
telemetry.emit("sync_completed", { ...repository, durationMs: "1 s" });
// @ts-expect-error: no such trigger
telemetry.emit("sync_started", { ...repository, trigger: "cron" });
// @ts-expect-error: no such provider
telemetry.emit("webhook_received", { ...repository, provider: "gitea" });
// @ts-expect-error: the taxonomy fixes the severity of this type
telemetry.emit("sync_started", { ...repository, severity: "critical" });
// @ts-expect-error: a completed sync has succeeded
telemetry.emit("sync_completed", { ...repository, durationMs: 1, outcome: "failure" });
// @ts-expect-error: telemetry makes the id
telemetry.emit("sync_started", { ...repository, id: "1" });
// @ts-expect-error: an attribute is no object
telemetry.emit("sync_started", { ...repository, attributes: { nested: {} } });

// @ts-expect-error: no such operation
telemetry.start("deploy", repository);
// @ts-expect-error: operation is missing
telemetry.start("git", repository);
// @ts-expect-error: no such git operation
telemetry.start("git", { ...repository, operation: "push" });
// @ts-expect-error: no such field
telemetry.start("sync", repository).complete({ applied: 3 });
// @ts-expect-error: no such measurement
telemetry.measure("cpu_usage", { percent: 3 });
// @ts-expect-error: a result is a hit or a miss
telemetry.measure("cache_access", { cacheName: "commits", result: "stale" });

telemetry.subscribe({
  name: "narrow",
  types: ["drift_detected"],
  handle(event) {
    event.resourceKey satisfies string | undefined;
    // @ts-expect-error: events are frozen
    event.resourceKey = "Deployment/default/other";
    // @ts-expect-error: this type has no provider
    event.provider;
  },
});
// @ts-expect-error: a subscriber has a name
telemetry.subscribe({ handle() {} });

/** The union is discriminated by its type. */
export function providerOf(event: AluminiEvent): EventOf<"webhook_received">["provider"] {
  return event.type === "webhook_received" ? event.provider : undefined;
}

/** A subscriber can be written as a class. */
export class Counting implements Subscriber {
  readonly name = "counting";
  count = 0;
  handle(_event: AluminiEvent): void {
    this.count++;
  }
}

/** What callers don't know they may pass as undefined. */
export const loose = (commit: string | undefined) => telemetry.emit("sync_started", { ...repository, commit });

// What a handle runs passes its result through.
telemetry.run("apply", repository, () => 3) satisfies number;
telemetry.run("apply", repository, async () => "done") satisfies Promise<string>;
