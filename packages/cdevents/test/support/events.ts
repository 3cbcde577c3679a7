import { type AluminiEvent, createTelemetry, type EmitFields, EVENT_TYPES, type EventType } from "@alumiini/core";
import { recordEvents } from "@alumiini/core/testing";
import fc from "fast-check";

const START = Date.UTC(2024, 11, 16, 12, 0, 0);

/** A telemetry whose ids and times are the same in every run, and what it emitted. */
export function deterministicTelemetry() {
  let time = START;
  let ids = 0;
  const telemetry = createTelemetry({
    clusterId: "prod-us-east",
    clock: { now: () => (time += 1000), monotonic: () => time },
    generateId: () => `01JD2V5T8Y3QK7ZC4N6X9W${String(ids++).padStart(4, "0")}`,
    onFailure: () => undefined,
  });
  const recorder = recordEvents();
  telemetry.subscribe(recorder);
  return { telemetry, events: recorder.events };
}

/** The least that each type needs. */
const LEAST: { readonly [T in EventType]: EmitFields<T> } = (() => {
  const base = { repoName: "my-app", namespace: "default", trigger: "webhook" } as const;
  const failed = { ...base, durationMs: 1, errorType: "git_error" };
  const drift = { ...base, resourceKey: "Deployment/default/web" };
  return {
    sync_started: base,
    sync_completed: { ...base, durationMs: 1 },
    sync_failed: failed,
    git_fetched: { ...base, durationMs: 1 },
    git_cloned: { ...base, durationMs: 1 },
    apply_started: base,
    apply_completed: { ...base, durationMs: 1 },
    apply_failed: failed,
    drift_detected: drift,
    drift_corrected: drift,
    worker_started: base,
    worker_stopped: base,
    webhook_received: { ...base, provider: "github" },
  };
})();

/** The event that telemetry makes of these fields; of the least that the type needs where it refuses them. */
export function eventOf<T extends EventType>(type: T, fields: object = {}): AluminiEvent {
  const { telemetry, events } = deterministicTelemetry();
  telemetry.emit(type, { ...LEAST[type], ...fields });
  telemetry.emit(type, LEAST[type]);
  const [event] = events;
  if (event === undefined) throw new Error(`no ${type} was emitted`);
  return event;
}

const TEXTS = fc.oneof(
  fc.constantFrom("my-app", "a/b", "..", "%", '"', "x y", "ä", "\ud800", "git@github.com:Org/Repo.git", "#?&"),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ maxLength: 300 }),
);
const REMOTES = fc.oneof(
  fc.constantFrom(
    "https://github.com/Org/Repo.git",
    "git@github.com:org/repo",
    "ssh://git@bitbucket.org:22/team/repo.git",
    "git@forge.example:a/b.git",
    "/srv/git/repo.git",
    "https://forge.example/a b/%zz",
    "file:///srv/git",
    "https://[::1]:3000/x.git",
  ),
  TEXTS,
);
const COMMITS = fc.constantFrom("4f2a91c8e0d35b7a6c1f9e2d8b4a7c3e5f6d1b02", "9b1e4d7", "v1.0 ä");
const OUTCOMES = fc.constantFrom("success", "failure", "timeout", "unknown");

/** The fields that change what a CDEvent looks like, each there or not. */
const FIELDS = fc.record(
  {
    repoName: TEXTS,
    namespace: TEXTS,
    commit: fc.oneof(COMMITS, TEXTS),
    previousCommit: fc.oneof(COMMITS, TEXTS),
    branch: TEXTS,
    repoUrl: REMOTES,
    repoPath: TEXTS,
    syncId: fc.oneof(fc.constant("01JD2V5T8Y3QK7ZC4N6X9WB0RM"), TEXTS),
    rolloutRef: fc.oneof(fc.constant("default/my-app"), TEXTS),
    traceId: fc.constant("4bf92f3577b34da6a3ce929d0e0e4736"),
    spanId: fc.constant("00f067aa0ba902b7"),
    trigger: fc.constantFrom("webhook", "poll", "manual"),
    outcome: OUTCOMES,
    durationMs: fc.nat(),
    resourcesApplied: fc.nat(),
    errorType: fc.oneof(fc.constantFrom("parse_error", "git_error", "conflict"), TEXTS),
    errorMessage: TEXTS,
    resourceKey: TEXTS,
    workerId: TEXTS,
    attributes: fc.dictionary(TEXTS, fc.oneof(TEXTS, fc.integer(), fc.boolean()), { maxKeys: 3 }),
  },
  { requiredKeys: [] },
);

/** Any event that telemetry can emit. Fields that a type doesn't have are left out by telemetry. */
export const anyEvent: fc.Arbitrary<AluminiEvent> = fc
  .tuple(fc.constantFrom(...EVENT_TYPES), FIELDS)
  .map(([type, fields]) => eventOf(type, fields));
