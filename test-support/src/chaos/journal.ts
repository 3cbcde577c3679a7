import { existsSync, readFileSync } from "node:fs";

/**
 * What the emitting processes did before they were killed. `emitting <to>` is in the file before the events up to there
 * are emitted, `kept <from> <to>` once the outbox has confirmed them, `dead <number> <reason>` when the sink gave one up,
 * `end <stats>` at the end.
 */
export interface Journal {
  /** The highest number that may have been emitted; 0 for none. */
  readonly emitted: number;
  /** What the outbox has confirmed. */
  readonly kept: ReadonlySet<number>;
  /** What the sink gave up, and why. */
  readonly dead: ReadonlyMap<number, string>;
  /** What the last process said of its sink at the end. */
  readonly stats: unknown;
}

/** Reads a journal. The line that a kill cut short does not count. */
export function readJournal(path: string): Journal {
  let emitted = 0;
  let stats: unknown;
  const kept = new Set<number>();
  const dead = new Map<number, string>();
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
  for (const line of lines) {
    const [word = "", from, to] = line.split(" ");
    if (word === "emitting") emitted = Number(from);
    else if (word === "kept") for (let number = Number(from); number <= Number(to); number++) kept.add(number);
    else if (word === "dead") dead.set(Number(from), to ?? "");
    else if (word === "end") stats = JSON.parse(line.slice(word.length));
  }
  return { emitted, kept, dead, stats };
}
