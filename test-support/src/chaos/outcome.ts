import { expect } from "vitest";
import type { Journal } from "./journal.ts";

/** An event as a consumer reads it. */
export interface ReadEvent {
  readonly id: string;
  readonly repository: string;
  readonly number: number;
}

/**
 * Checks that what the outbox confirmed has been read, nothing has that was never emitted, and each repository's events
 * came in order; answers how much it was, in words.
 */
export function expectKept({ emitted, kept, stats }: Journal, events: readonly ReadEvent[]): string {
  const numbers = new Map<string, ReadEvent>();
  for (const event of events) if (!numbers.has(event.id)) numbers.set(event.id, event);
  const latest = new Map<string, number>();
  const read = new Set<number>();
  for (const { repository, number } of numbers.values()) {
    expect(number, `${repository} in order`).toBeGreaterThan(latest.get(repository) ?? 0);
    latest.set(repository, number);
    read.add(number);
  }
  expect([...kept].filter((number) => !read.has(number))).toEqual([]);
  expect([...read].filter((number) => !(number >= 1 && number <= emitted))).toEqual([]);
  const nothing = { overflow: 0, too_large: 0, rejected: 0, attempts_exhausted: 0, outbox: 0, closed: 0 };
  expect(stats).toMatchObject({ pending: 0, dropped: nothing });
  return (
    `${emitted} emitted, ${kept.size} confirmed by the outbox, ${read.size} read back, ` +
    `${events.length - read.size} duplicates`
  );
}
