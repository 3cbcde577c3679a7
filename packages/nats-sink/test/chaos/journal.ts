import { existsSync, readFileSync } from "node:fs";

/** What the killed processes did, as far as their journal tells. */
export interface Journal {
  /** The highest number that may have been emitted; 0 for none. */
  readonly emitted: number;
  /** Numbers that the outbox has confirmed. */
  readonly safe: ReadonlySet<number>;
  /** What the last process said of its sink at the end. */
  readonly stats: unknown;
}

/** Reads the journal; a line that a kill cut short is ignored. */
export function readJournal(path: string): Journal {
  let emitted = 0;
  let stats: unknown;
  const safe = new Set<number>();
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  for (const line of text.split("\n").slice(0, -1)) {
    const [word, from, to] = line.split(" ");
    if (word === "emit") emitted = Math.max(emitted, Number(to));
    if (word === "safe") for (let number = Number(from); number <= Number(to); number++) safe.add(number);
    if (word === "stats") stats = JSON.parse(line.slice("stats ".length));
  }
  return { emitted, safe, stats };
}
