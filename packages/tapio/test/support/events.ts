import {
  type AluminiEvent,
  createTelemetry,
  type EmitFields,
  EVENT_TYPES,
  type EventType,
  PROVIDERS,
} from "@alumiini/core";
import { recordEvents } from "@alumiini/core/testing";
import fc from "fast-check";

/** The time of every event that {@link eventOf} makes. */
const NOW = Date.UTC(2026, 10, 25, 12, 0, 0, 123);

/** One event as telemetry makes it. */
export function eventOf<T extends EventType>(type: T, fields: EmitFields<T>): AluminiEvent {
  const event = emitted(type, fields, NOW);
  if (event === undefined) throw new Error("telemetry refused the fields");
  return event;
}

function emitted<T extends EventType>(type: T, fields: EmitFields<T>, now: number): AluminiEvent | undefined {
  const telemetry = createTelemetry({
    clusterId: "prod",
    clock: { now: () => now, monotonic: () => 0 },
    onFailure: () => {},
  });
  const recorder = recordEvents();
  telemetry.subscribe(recorder);
  telemetry.emit(type, fields);
  return recorder.events[0];
}

const name = fc.oneof(
  fc.string({ minLength: 1, maxLength: 40 }),
  fc.string({ unit: "binary", minLength: 1, maxLength: 40 }),
  fc.stringMatching(/^[a-z-]{1,20}$/),
);
const hex = (digits: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${digits - 1}}[1-9a-f]$`));
const attribute = fc.oneof(name, fc.integer(), fc.boolean(), fc.array(name, { maxLength: 3 }));
const resource = fc.record(
  {
    kind: fc.oneof(fc.constantFrom("Deployment", "Service", "ClusterRole", "PersistentVolumeClaim"), name),
    name,
    namespace: name,
    uid: name,
  },
  { requiredKeys: ["kind", "name"] },
);

/** Fields of every kind at once; telemetry takes of them what the type has. */
const anyFields = fc.record({
  repoName: name,
  namespace: name,
  trigger: fc.constant("poll" as const),
  commit: name,
  branch: name,
  repoUrl: fc.oneof(name, fc.webUrl(), fc.constantFrom("git@github.com:org/app.git", "ssh://git@[::1]:2222/app")),
  syncId: name,
  rolloutRef: name,
  traceId: hex(32),
  spanId: hex(16),
  attributes: fc.dictionary(
    fc.oneof(name, fc.constantFrom("process.pid", "server.address", "server.port", "network.peer.address")),
    attribute,
    { maxKeys: 4 },
  ),
  errorType: name,
  errorMessage: fc.string({ unit: "binary", maxLength: 200 }),
  durationMs: fc.oneof(fc.nat(), fc.constant(Number.MAX_SAFE_INTEGER)),
  resources: fc.array(resource, { maxLength: 4 }),
  resourceKey: fc.oneof(name, fc.constantFrom("Deployment/shop/web", "ClusterRole/web")),
  workerId: name,
  provider: fc.constantFrom(...PROVIDERS),
});

/** Any event that telemetry can make. */
export const anyEvent: fc.Arbitrary<AluminiEvent> = fc
  .tuple(fc.constantFrom(...EVENT_TYPES), anyFields, fc.integer({ min: 0, max: 253_402_300_799_999 }))
  .map(([type, fields, now]) => emitted(type, fields, now))
  // A name of nothing but control characters is none.
  .filter((event) => event !== undefined);
