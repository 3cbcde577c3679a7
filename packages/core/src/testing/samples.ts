import { createTelemetry } from "../emitter/create-telemetry.js";
import type { Telemetry } from "../emitter/telemetry.js";
import { ENVIRONMENT_ATTRIBUTE } from "../event/attributes.js";
import type { AluminiEvent, EmitFields } from "../event/event.js";
import { MEASUREMENT_KINDS, type Measurement, type MeasurementFields } from "../event/measurement.js";
import { EVENT_TYPES, type EventType, type FieldNameOf, rowOf } from "../event/taxonomy.js";
import { recordEvents } from "./recorder.js";

const base = { repoName: "my-app", namespace: "default", trigger: "webhook" } as const;

const context = {
  ...base,
  commit: "4f2a91c8e0d35b7a6c1f9e2d8b4a7c3e5f6d1b02",
  committedAt: 1_734_349_200_000,
  branch: "main",
  repoUrl: "https://github.com/org/my-app.git",
  repoPath: "deploy/",
  syncId: "01JD2V5T8Y3QK7ZC4N6X9WB0RM",
  previousCommit: "9b1e4d7c2a5f8036e9d4c7b1a8f5e2d3c6b90a17",
  rolloutRef: "default/my-app",
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  spanId: "00f067aa0ba902b7",
  attributes: {
    [ENVIRONMENT_ATTRIBUTE]: "production",
    "team.size": 4,
    "team.oncall": true,
    "team.members": ["a", "b"],
  },
} as const;

const resources = [
  { kind: "Deployment", namespace: "default", name: "my-app", uid: "0b8f6f0a-2a53-4a0c-9b7e-3a9c1f1f5a11" },
  { kind: "ClusterRole", name: "my-app" },
] as const;

/** A value for each field that only some types have. */
const values = {
  durationMs: 1500,
  resourcesApplied: 2,
  resources,
  errorType: "git_error",
  errorMessage: "network timeout",
  resourceKey: "Deployment/default/my-app",
  workerId: "worker-1",
  provider: "github",
} as const satisfies { readonly [Name in FieldNameOf<EventType>]: unknown };

/** The least that a required field may be. */
const least = { ...values, durationMs: 0, errorType: "unknown", provider: "gitlab" };

/** What the full sample of a type has instead. */
const special: { readonly [T in EventType]?: Partial<EmitFields<T>> } = {
  sync_failed: { severity: "critical", outcome: "timeout" },
  apply_failed: { errorType: "conflict" },
  git_cloned: { errorType: "git_error", errorMessage: "network timeout" },
  worker_stopped: { durationMs: 60_000, errorType: "crash", errorMessage: "exited" },
};

/** All that a type can carry; an error only where it reports failures and nothing else. */
function fullFields<T extends EventType>(type: T): EmitFields<T> {
  const { fields, outcomes } = rowOf(type);
  const names = fields.filter((name) => !name.startsWith("error") || !outcomes.includes("success"));
  return { ...context, ...pick(names, values), ...special[type] } as EmitFields<T>;
}

/** The least that a type needs. */
function minimalFields<T extends EventType>(type: T): EmitFields<T> {
  return { ...base, ...pick(rowOf(type).required, least) } as EmitFields<T>;
}

/** The compiler can't follow names that are data; the conformance of every sample is tested. */
function pick(names: readonly string[], from: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}

/** Names as an attacker, or a careless tool, would choose them: quotes, line breaks, wildcards, great length. */
const HOSTILE = `"';\\\n\r\t\u0000{}[]<>*.>#$%=,:/ \u202e\ud83d\ude00${"x".repeat(5000)}`;
const hostileContext = {
  repoName: HOSTILE,
  namespace: `../${HOSTILE}`,
  trigger: "manual",
  commit: HOSTILE,
  branch: HOSTILE,
  repoUrl: `https://host/${HOSTILE}`,
  repoPath: HOSTILE,
  syncId: HOSTILE,
  rolloutRef: HOSTILE,
  attributes: { [HOSTILE.slice(0, 200)]: HOSTILE, constructor: "x", toString: "y" },
} as const;

const measurements: { readonly [K in keyof MeasurementFields]: MeasurementFields[K] } = {
  cache_access: { cacheName: "commits", result: "hit" },
  worker_count: { count: 3 },
  worker_restart: { repoName: "my-app" },
  worker_memory: { repoName: "my-app", namespace: "default", bytes: 52_428_800 },
  queue_depth: { queue: "sync", depth: 2 },
  suspension: { repoName: "my-app", namespace: "default", suspended: true },
  leadership: { leader: true },
  error: { repoName: "my-app", errorType: "git_timeout", errorMessage: "network timeout" },
};

/** Emits every sample of every type. */
export function emitSamples(telemetry: Telemetry): void {
  for (const type of EVENT_TYPES) {
    emitPlainSamplesOf(telemetry, type);
    telemetry.emit(type, { ...fullFields(type), ...hostileContext });
  }
}

/** Emits as many samples as asked for, or a few more, without hostile ones, which take long to be looked through for secrets. */
export function emitPlainSamples(telemetry: Telemetry, count: number): void {
  for (let emitted = 0; emitted < count; emitted += 2 * EVENT_TYPES.length) {
    for (const type of EVENT_TYPES) emitPlainSamplesOf(telemetry, type);
  }
}

function emitPlainSamplesOf<T extends EventType>(telemetry: Telemetry, type: T): void {
  telemetry.emit(type, fullFields(type));
  telemetry.emit(type, minimalFields(type));
}

/** Runs operations of every kind, within each other and alone, to a good end and a bad one. */
export function operateSamples(telemetry: Telemetry): void {
  const error = new Error(HOSTILE);
  const full = fullFields("sync_started");
  for (const fields of [minimalFields("sync_started"), full, { ...full, ...hostileContext }]) {
    telemetry.run("sync", fields, (sync) => {
      sync.run("git", { operation: "clone" }, () => {});
      sync.start("git", { operation: "fetch" }).fail(error);
      sync.run("apply", {}, (apply) => apply.start("drift", { resourceKey: HOSTILE }).complete());
    });
    telemetry.start("worker", fields).fail({ errorType: HOSTILE });
    telemetry.start("apply", fields).fail(error);
    telemetry.start("sync", fields).fail(error);
  }
}

/** Measures one sample of every kind. */
export function measureSamples(telemetry: Telemetry): void {
  for (const kind of MEASUREMENT_KINDS) telemetry.measure(kind, measurements[kind]);
}

/**
 * Events of every type, for tests of subscribers: with all that a type can carry, with the least that it needs, and
 * with hostile names. The ids and times are the same in every run.
 */
export function sampleEvents(): AluminiEvent[] {
  const { telemetry, recorder } = record();
  emitSamples(telemetry);
  return [...recorder.events];
}

/** One measurement of every kind. The times are the same in every run. */
export function sampleMeasurements(): Measurement[] {
  const { telemetry, recorder } = record();
  measureSamples(telemetry);
  return [...recorder.measurements];
}

function record() {
  let time = Date.UTC(2024, 11, 16, 12, 0, 0);
  let ids = 0;
  const telemetry = createTelemetry({
    clusterId: "prod-us-east",
    clock: { now: () => time++, monotonic: () => time },
    generateId: () => `01JD2V5T8Y3QK7ZC4N6X9W${String(ids++).padStart(4, "0")}`,
  });
  const recorder = recordEvents();
  telemetry.subscribe(recorder);
  return { telemetry, recorder };
}
