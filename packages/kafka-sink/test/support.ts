import { type AluminiEvent, parseWire } from "@alumiini/core";
import { sampleEvents } from "@alumiini/core/testing";
import type { CloudEvent, Message } from "@alumiini/delivery";
import type { ReadRecord } from "@alumiini-internal/test-support/kafka/reader";
import { type IdsByRepository, idsByRepository } from "@alumiini-internal/test-support/traffic";

/** A sample event of the given repository. */
export function eventOf(repoName: string, fields: Partial<Pick<AluminiEvent, "id" | "branch">> = {}): AluminiEvent {
  const [sample] = sampleEvents();
  if (sample === undefined) throw new Error("there are no samples");
  return { ...sample, repoName, ...fields };
}

/** A message as the sink makes it. */
export function messageOf(id: string, key: string, destination = "events"): Message {
  const body = new TextEncoder().encode(JSON.stringify({ id }));
  return { id, key, destination, headers: { "content-type": "application/json" }, body };
}

/** A CloudEvent that stands for the event. */
export function cloudEventOf(event: AluminiEvent): CloudEvent {
  return {
    specversion: "1.0",
    id: event.id,
    source: "/clusters/päämaja",
    type: `dev.test.${event.type}`,
    datacontenttype: "application/json",
    partitionkey: event.repoName,
    data: { repository: event.repoName },
  };
}

/** The ids of wire-form records as a consumer gets them that drops duplicates by id, by key. */
export function readIds(records: readonly ReadRecord[]): IdsByRepository {
  return idsByRepository(records.map(({ key, value }) => ({ repository: key, id: JSON.parse(value).id })));
}

/** The event that a record's value holds. */
export function eventIn(value: string): AluminiEvent {
  const result = parseWire(value);
  if (!result.ok) throw new Error(`not an event: ${result.error.message}`);
  return result.event;
}
