import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { toWire, type WireEvent } from "@alumiini/core";
import type { TestContext } from "vitest";
import { argocd, flux, github, gitlab, type MapContext, type Mapped, type Mapper, tekton } from "../../src/index.js";
import { cdevents } from "../../src/sources/cdevents.js";

/** A delivery as it goes over HTTP. */
export interface SampleDelivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Deliveries of one source, and the events that must come of them. */
export interface Fixture {
  readonly file: string;
  readonly about: string;
  readonly source: string;
  readonly secret: string | undefined;
  readonly token: string | undefined;
  readonly deliveries: readonly SampleDelivery[];
  readonly duplicates: number;
  /** Each a part of the wire form; `null` is what must be absent. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

export const MAPPERS: Readonly<Record<string, Mapper>> = { argocd, cdevents, flux, github, gitlab, tekton };

export const CONTEXT: MapContext = { clusterId: "test", receivedAt: Date.UTC(2026, 10, 25) };

export function mapperOf(source: string): Mapper {
  const mapper = MAPPERS[source];
  if (mapper === undefined) throw new Error(`no mapper for ${source}`);
  return mapper;
}

/** Maps the delivery as the source's mapper does. */
export function mapSample(source: string, { headers, text }: SampleDelivery, context = CONTEXT): Mapped {
  return mapperOf(source)({ headers, body: text }, context);
}

/** The package's own fixtures. */
export const OWN_FIXTURES = join(import.meta.dirname, "../fixtures");

/** The fixtures in `INGEST_FIXTURES_DIR`, or the test is skipped. */
export function foreignFixturesOrSkip(context: Pick<TestContext, "skip">): Fixture[] {
  const directory = process.env["INGEST_FIXTURES_DIR"];
  if (directory === undefined)
    return context.skip("INGEST_FIXTURES_DIR does not name a directory with sample deliveries");
  return readFixtures(directory);
}

export function readFixtures(directory: string): Fixture[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => {
      const { about, source, secret, token, deliveries, expect } = JSON.parse(
        readFileSync(join(directory, file), "utf8"),
      );
      return {
        file,
        about,
        source,
        secret,
        token,
        deliveries: deliveries.map(
          (delivery: { headers: Record<string, string>; body?: unknown; bodyText?: string }) => ({
            headers: delivery.headers,
            text: delivery.bodyText ?? JSON.stringify(delivery.body),
          }),
        ),
        duplicates: expect.duplicates ?? 0,
        events: expect.events,
      };
    });
}

/** The events in wire form, each id once, by time; what happened at once stays as it came. */
export function distinct(mapped: readonly Mapped[]): WireEvent[] {
  const byId = new Map<string, WireEvent>();
  for (const { events } of mapped)
    for (const event of events) if (!byId.has(event.id)) byId.set(event.id, toWire(event));
  return [...byId.values()].sort((a, b) => a.timestamp.localeCompare(b.timestamp));
}

/** The parts of the events that the fixture names, read where the wire form has them. */
export function named(events: readonly WireEvent[], expected: Fixture["events"]): Record<string, unknown>[] {
  return events.map((event, index) => {
    const flat: Record<string, unknown> = { ...event, provider: event.attributes["alumiini.webhook.provider"] };
    const names = Object.keys(expected[index] ?? { id: null });
    return Object.fromEntries(names.map((name) => [name, flat[name] ?? event.attributes[name] ?? null]));
  });
}
