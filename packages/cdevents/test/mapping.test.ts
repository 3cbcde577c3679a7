import { type AluminiEvent, EVENT_TYPES } from "@alumiini/core";
import { sampleEvents } from "@alumiini/core/testing";
import type { CloudEvent } from "@alumiini/delivery";
import { CloudEvent as OfficialCloudEvent } from "cloudevents";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CdeventsOptions, cdevents, parseCdevent } from "../src/index.js";
import { anyEvent } from "./support/events.js";
import { field, officialOrSkip } from "./support/official.js";

const SOURCE = "https://gitops.example.com/clusters/prod";
const OPTIONS: readonly CdeventsOptions[] = [
  {},
  { source: SOURCE, incidents: true },
  {
    source: (event) => `${SOURCE}/${encodeURIComponent(event.clusterId)}`,
    artifactId: () => "pkg:oci/web@sha256%3A4f2a",
  },
  { artifactId: () => null, environment: () => ({ id: "staging", source: "/k8s" }), incidents: true },
  { runUri: (event) => `https://ui.example.com/runs/${event.id}`, environment: () => undefined },
];
const CONFORMANT = ["0.5.1", "0.4.1"] as const;

/** The types that no released specification has. */
const UNRELEASED =
  /^dev\.cdevents\.(deployment\.(started|finished|failed|queued\.0\.1\.0|started\.0\.1\.0|finished\.0\.1\.0)|repository\.changed)$/;

/** Every event after every other, so that links, chains and incidents occur. */
function encodeAll(options: CdeventsOptions, events: readonly AluminiEvent[]): CloudEvent[] {
  const encode = cdevents(options);
  return [...events, ...events].flatMap((event) => [...encode(event)]);
}

/** What goes over the wire. */
function sent(cloudEvent: CloudEvent): unknown {
  return JSON.parse(JSON.stringify(cloudEvent.data));
}

describe.each(CONFORMANT)("profile %s", (profile) => {
  it.each(OPTIONS.map((options, index) => [index, options] as const))(
    "is accepted by our parser (options %i)",
    (_, options) => {
      for (const cloudEvent of encodeAll({ ...options, profile }, sampleEvents())) {
        expect(parseCdevent(sent(cloudEvent))).toMatchObject({ ok: true, specversion: profile });
      }
    },
  );

  it("is accepted by the official schemas: every type, every option", (context) => {
    const official = officialOrSkip(context);
    for (const options of OPTIONS) {
      for (const cloudEvent of encodeAll({ ...options, profile }, sampleEvents())) {
        expect(official.complaints(sent(cloudEvent))).toBe("");
        // Also before it becomes JSON: what isn't known is undefined there.
        expect(official.complaints(cloudEvent.data)).toBe("");
      }
    }
  });

  it("is accepted by the official schemas for any event whatever", (context) => {
    const official = officialOrSkip(context);
    fc.assert(
      fc.property(
        fc.array(anyEvent, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(...OPTIONS),
        (events, options) => {
          for (const cloudEvent of encodeAll({ ...options, profile }, events)) {
            expect(official.complaints(sent(cloudEvent))).toBe("");
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe.each(["adr-004", "deployment-draft"] as const)("profile %s", (profile) => {
  it("is conformant where a type is released, and shaped as a CDEvent everywhere", () => {
    fc.assert(
      fc.property(anyEvent, fc.constantFrom(...OPTIONS), (event, options) => {
        for (const cloudEvent of cdevents({ ...options, profile })(event)) {
          const data = sent(cloudEvent);
          if (!UNRELEASED.test(cloudEvent.type)) expect(parseCdevent(data)).toMatchObject({ ok: true });
          // The shape of a CDEvent is that of a custom one, with another type.
          expect(parseCdevent(withType(data, "dev.cdeventsx.mytool-resource.created.0.1.0"))).toMatchObject({
            ok: true,
          });
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe.each(["adr-004", "0.5.1", "0.4.1", "deployment-draft"] as const)("profile %s", (profile) => {
  const cloudEvents = encodeAll({ profile, incidents: true }, sampleEvents());

  it("encodes every type, each CDEvent in a CloudEvent that says the same", () => {
    const seen = new Set<unknown>();
    for (const cloudEvent of cloudEvents) {
      const { context, subject, customData } = Object(cloudEvent.data);
      expect(cloudEvent).toMatchObject({
        specversion: "1.0",
        id: context.id,
        source: context.source,
        type: context.type,
        time: context.timestamp,
        subject: subject.id,
        datacontenttype: "application/json",
      });
      seen.add(field(field(customData, "alumiini"), "type"));
    }
    expect([...seen]).toEqual([...EVENT_TYPES]);
  });

  it("makes CloudEvents that the cloudevents package takes", () => {
    for (const { data, ...attributes } of cloudEvents) {
      const { toJSON, ...official } = new OfficialCloudEvent({ ...attributes, data });
      expect(JSON.parse(JSON.stringify(official))).toEqual(JSON.parse(JSON.stringify({ ...attributes, data })));
    }
  });

  it("has traceparent as an extension where the event has a span, and never in the context", () => {
    const traced = cloudEvents.filter(({ traceparent }) => traceparent !== undefined);
    expect(traced.length).toBeGreaterThan(0);
    expect(traced.length).toBeLessThan(cloudEvents.length);
    for (const cloudEvent of traced) {
      expect(cloudEvent["traceparent"]).toBe("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
      expect(field(field(cloudEvent.data, "context"), "traceparent")).toBeUndefined();
    }
  });

  it("gives ids that are letters and digits, unique, and the same again", () => {
    const [event] = sampleEvents().filter(({ type }) => type === "sync_completed");
    if (event === undefined) throw new Error("no sample");
    const encode = cdevents({ profile });
    const ids = encode(event).map(({ id }) => id);
    expect(ids[0]).toBe(event.id);
    for (const id of ids) expect(id).toMatch(/^[0-9A-Z]{26}$/);
    expect(new Set(ids).size).toBe(ids.length);
    expect(encode(event)).toEqual(cdevents({ profile })(event));
  });
});

function withType(data: unknown, type: string): unknown {
  const { context, ...rest } = Object(data);
  return { ...rest, context: { ...context, type } };
}
