import { expect } from "vitest";
import type { Journal } from "./journal.ts";
import { isBad } from "./poison.ts";

/** An event as a consumer reads it. */
export interface ReadEvent {
  readonly id: string;
  readonly repository: string;
  readonly number: number;
}

/**
 * Checks that what the outbox confirmed has been read, or been given up if it is bad; that nothing else was given up, nothing
 * read that was never emitted, and that each repository's events came in order. Returns how much it was, in words.
 */
export function expectKept({ emitted, kept, dead, stats }: Journal, events: readonly ReadEvent[]): string {
  const numbers = new Map<string, ReadEvent>();
  for (const event of events) if (!numbers.has(event.id)) numbers.set(event.id, event);
  const latest = new Map<string, number>();
  const read = new Set<number>();
  for (const { repository, number } of numbers.values()) {
    expect(number, `${repository} in order`).toBeGreaterThan(latest.get(repository) ?? 0);
    latest.set(repository, number);
    read.add(number);
  }
  expect([...kept].filter((number) => !read.has(number) && !dead.has(number))).toEqual([]);
  expect([...read, ...dead.keys()].filter((number) => !(number >= 1 && number <= emitted))).toEqual([]);
  expect([...dead.keys()].filter((number) => !isBad(number))).toEqual([]);
  const nothing = { overflow: 0, too_large: 0, expired: 0, outbox: 0, closed: 0, encode_failed: 0 };
  expect(stats).toMatchObject({ pending: 0, dropped: nothing });
  expectBalance(stats);
  return (
    `${emitted} emitted, ${kept.size} confirmed by the outbox, ${read.size} read back, ${dead.size} given up, ` +
    `${events.length - read.size} duplicates`
  );
}

/** At the end nothing is pending: what was accepted is delivered or dropped. */
function expectBalance(stats: unknown): void {
  const { accepted, delivered, dropped } = Object(stats);
  const counts = Object.values<number>(Object(dropped));
  expect(counts.reduce((sum, count) => sum + count, Number(delivered))).toBe(accepted);
}
