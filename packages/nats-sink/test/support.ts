import { type AluminiEvent, parseWire } from "@alumiini/core";
import { sampleEvents } from "@alumiini/core/testing";
import type { Message } from "@alumiini/delivery";
import type { StoredMessage } from "@alumiini-internal/test-support/stream-reader";
import { type IdsByRepository, idsByRepository } from "@alumiini-internal/test-support/traffic";

/** A sample event with other names. */
export function eventWith(
  names: Partial<Pick<AluminiEvent, "id" | "clusterId" | "namespace" | "repoName">> = {},
): AluminiEvent {
  const [sample] = sampleEvents();
  if (sample === undefined) throw new Error("there are no samples");
  return { ...sample, ...names };
}

/** A message as the sink would make it. */
export function messageWith(fields: Partial<Message> & Pick<Message, "id">): Message {
  return {
    key: "my-app",
    destination: "alumiini.events.prod.default.my-app.sync_completed",
    headers: { "content-type": "application/json" },
    body: new TextEncoder().encode(JSON.stringify({ id: fields.id })),
    ...fields,
  };
}

/** The event that a message holds. */
export function eventIn(text: string): AluminiEvent {
  const result = parseWire(text);
  if (!result.ok) throw new Error(`not an event: ${result.error.message}`);
  return result.event;
}

/** The ids of what is stored, by repository, each once, in the stream's order. */
export function readIds(stored: readonly StoredMessage[]): IdsByRepository {
  return idsByRepository(stored.map(({ id, text }) => ({ id, repository: eventIn(text).repoName })));
}
