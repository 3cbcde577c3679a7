import type { AluminiEvent } from "@alumiini/core";
import { createTelemetry } from "@alumiini/core";
import type { CloudEvent, DeliveryFailure, Message, Sink } from "@alumiini/core/delivery";
import { sampleEvents } from "@alumiini/core/testing";
import type { ReadRecord } from "@alumiini-internal/test-support/kafka/reader";
import { expect } from "vitest";

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

/** A generator of numbers from 0 to 1 that repeats with its seed: a linear congruential one, good enough for faults. */
export function seeded(seed: number): () => number {
  let state = BigInt(seed);
  return () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
    return Number(state >> 33n) / 2 ** 31;
  };
}

/** A sink's failures, instead of lines on the console. */
export function recordFailures() {
  const messages: string[] = [];
  return { messages, onFailure: (failure: DeliveryFailure) => void messages.push(failure.message) };
}

/** Checks that every message accepted is accounted for, at this instant. */
export function expectConserved(sink: Sink): void {
  const { accepted, delivered, dropped, pending } = sink.stats();
  expect(Object.values(dropped).reduce((sum, count) => sum + count, delivered + pending)).toBe(accepted);
}

/** Ids in order, by repository. */
export type IdsByRepository = Record<string, string[]>;

/** Emits events of 20 repositories, as fast as the sink delivers. Answers what was emitted. */
export async function emitTraffic(sink: Sink, count: number, random: () => number): Promise<IdsByRepository> {
  const emitted: IdsByRepository = {};
  const telemetry = createTelemetry({ clusterId: "prod" });
  telemetry.subscribe({
    name: "both",
    handle(event) {
      sink.handle(event);
      append(emitted, event.repoName, event.id);
    },
  });
  for (let sent = 0; sent < count; sent++) {
    while (sink.stats().pending > 2000) await new Promise((resolve) => setTimeout(resolve, 1));
    if (sent % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    const repoName = `app-${Math.floor(random() * 20)}`;
    telemetry.emit("sync_completed", { repoName, namespace: "team", trigger: "poll", durationMs: sent });
  }
  return emitted;
}

/** The ids of wire-form records as a consumer gets them that drops duplicates by id, by key. */
export function readIds(records: readonly ReadRecord[]): IdsByRepository {
  const seen = new Set<string>();
  const read: IdsByRepository = {};
  for (const { key, value } of records) {
    const { id }: { id: string } = JSON.parse(value);
    if (seen.has(id)) continue;
    seen.add(id);
    append(read, key, id);
  }
  return read;
}

function append(ids: IdsByRepository, repository: string, id: string): void {
  const list = ids[repository] ?? [];
  list.push(id);
  ids[repository] = list;
}
