import fc from "fast-check";
import type { AluminiEvent, AttributeValue, EventType } from "../src/index.js";
import { EVENT_TYPES, PROVIDERS, TRIGGERS } from "../src/index.js";
import { recordEvents } from "../src/testing/index.js";
import { attach } from "./support.js";

const name = fc.oneof(
  fc.string({ minLength: 1, maxLength: 40 }),
  fc.string({ unit: "binary", minLength: 1, maxLength: 40 }),
);
const hex = (digits: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: digits, maxLength: digits });
const scalar = fc.oneof(name, fc.integer(), fc.boolean());
const attribute: fc.Arbitrary<AttributeValue> = fc.oneof(
  scalar,
  fc.array(name, { maxLength: 3 }),
  fc.array(fc.integer(), { maxLength: 3 }),
);

/** Fields as a caller may give them, of every kind at once. */
const anyFields = fc.record(
  {
    repoName: name,
    namespace: name,
    trigger: fc.constantFrom(...TRIGGERS),
    commit: name,
    committedAt: fc.integer({ min: 0, max: 2.5e14 }),
    branch: name,
    repoUrl: fc.oneof(name, fc.webUrl({ withQueryParameters: true, withFragments: true })),
    repoPath: name,
    syncId: name,
    previousCommit: name,
    rolloutRef: name,
    traceId: hex(32),
    spanId: hex(16),
    attributes: fc.dictionary(name, attribute, { maxKeys: 4 }),
    errorType: name,
    errorMessage: fc.string({ unit: "binary", maxLength: 200 }),
    durationMs: fc.double({ min: 0, max: 1e12, noNaN: true }),
    resourcesApplied: fc.nat(),
    resources: fc.array(
      fc.record({ kind: name, name, namespace: name, uid: name }, { requiredKeys: ["kind", "name"] }),
      { maxLength: 3 },
    ),
    resourceKey: name,
    workerId: name,
    provider: fc.constantFrom(...PROVIDERS),
  },
  { requiredKeys: ["repoName", "namespace"] },
);

/** Any event that telemetry can make. */
export const anyEvent: fc.Arbitrary<AluminiEvent> = fc
  .tuple(fc.constantFrom<EventType>(...EVENT_TYPES), anyFields, fc.integer({ min: 0, max: 253_402_300_799_999 }))
  .map(([type, fields, now]) => {
    const { telemetry } = attach({ clock: { now: () => now, monotonic: () => 0 } });
    const recorder = recordEvents();
    telemetry.subscribe(recorder);
    telemetry.emit(type, fields as never);
    return recorder.events[0];
  })
  .filter((event) => event !== undefined);
