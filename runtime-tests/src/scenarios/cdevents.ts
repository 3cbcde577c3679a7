import {
  cdevents,
  createCdevent,
  DEFINITIONS,
  fromCloudEvent,
  PROFILES,
  parseCdevent,
  toCloudEvent,
  toMessage,
} from "@alumiini/cdevents";
import { type AluminiEvent, createTelemetry, EVENT_TYPES } from "@alumiini/core";
import { emitEveryType } from "../every-type.js";

/** What the CDEvents scenario came to: plain data, so that the answers of two runtimes can be compared. */
export interface CdeventsResult {
  readonly definitions: number;
  /** Each profile's CDEvents for one event of each type, and how many of them are of a released type and valid. */
  readonly encoded: readonly string[];
  readonly chains: number;
  readonly roundTrips: readonly boolean[];
  readonly refusedAt: readonly string[];
}

/** Uses what the main entry offers: nothing here knows which runtime it is in. */
export function scenario(): CdeventsResult {
  const events: AluminiEvent[] = [];
  const telemetry = createTelemetry({ clusterId: "any-runtime", generateId: () => `E${events.length}` });
  telemetry.subscribe({ name: "collector", handle: (event) => void events.push(event) });
  emitEveryType(telemetry);

  const chains = new Set<unknown>();
  const encoded = PROFILES.map((profile) => {
    const encode = cdevents({ profile, incidents: true });
    const all = events.flatMap((event) => [...encode(event)]);
    const parsed = all.map(({ data }) => parseCdevent(JSON.stringify(data)));
    for (const result of parsed) if (result.ok) chains.add(result.event.context.chainId);
    return `${profile}: ${all.length}, valid ${parsed.filter(({ ok }) => ok).length}`;
  });

  const event = createCdevent("service.deployed", {
    context: { source: "/any/runtime" },
    subject: { id: "shop/büro", content: { environment: { id: "prod" }, artifactId: "pkg:oci/shop" } },
  });
  const roundTrips = (["binary", "structured"] as const).map((mode) => {
    const result = fromCloudEvent(toMessage(toCloudEvent(event), mode));
    return result.ok && JSON.stringify(result.event) === JSON.stringify(event) && EVENT_TYPES.length === events.length;
  });
  const refusedAt = ["{", "{}", '{"context":{"type":"x"}}', JSON.stringify({ ...event, customData: [] })].map(
    (text) => {
      const result = parseCdevent(text);
      return result.ok ? "accepted" : (result.errors[0]?.path ?? "nowhere");
    },
  );
  return { definitions: DEFINITIONS.length, encoded, chains: chains.size, roundTrips, refusedAt };
}
