import type { AluminiEvent, Subscriber } from "@alumiini/core";
import { UNKNOWN_LABEL_VALUE } from "@alumiini/core/metrics";

/** Counts what happened, for the summary. Keeps one number for each event, not the event. */
export class EventCounts implements Subscriber {
  readonly name = "event-counts";
  readonly #events = new Map<string, number>();
  readonly #syncs = new Map<string, number>();
  readonly #resources = new Map<string, number>();
  readonly #durations = new Map<string, number[]>();

  handle(event: AluminiEvent): void {
    increment(this.#events, event.type);
    if (event.type === "sync_completed" || event.type === "sync_failed") {
      increment(this.#syncs, `${event.trigger} ${event.outcome}`);
    }
    if (event.type === "apply_completed") {
      const { resources = [], resourcesApplied = resources.length } = event;
      for (const { kind } of resources) increment(this.#resources, kind);
      // An event lists no more than 1,000 objects. Metrics count the others, too, without their kinds.
      if (resourcesApplied > resources.length) {
        increment(this.#resources, UNKNOWN_LABEL_VALUE, resourcesApplied - resources.length);
      }
    }
    if ("durationMs" in event && event.durationMs !== undefined) {
      const durations = this.#durations.get(event.type) ?? [];
      durations.push(event.durationMs);
      this.#durations.set(event.type, durations);
    }
  }

  /** How many events there were of a type. */
  count(type: AluminiEvent["type"]): number {
    return this.#events.get(type) ?? 0;
  }

  /** How many resources all applies wrote together. */
  get resourcesApplied(): number {
    return [...this.#resources.values()].reduce((total, count) => total + count, 0);
  }

  /** The summary, as text. */
  summary(): string {
    const durations = [...this.#durations].sort(byName).map(([type, values]) => {
      const sorted = values.toSorted((a, b) => a - b);
      const median = sorted[Math.ceil(sorted.length / 2) - 1] ?? 0;
      return [type, String(sorted.length), String(median), String(sorted.at(-1) ?? 0)];
    });
    return [
      table(["events", "count"], rows(this.#events)),
      table(["syncs by trigger and outcome", "count"], rows(this.#syncs)),
      table(["duration of", "count", "p50 ms", "max ms"], durations),
      table(["resources applied", "count"], rows(this.#resources)),
    ].join("\n");
  }
}

function increment(counts: Map<string, number>, name: string, by = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}

function rows(counts: ReadonlyMap<string, number>): string[][] {
  return [...counts].sort(byName).map(([name, count]) => [name, String(count)]);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** The first column to the left, numbers to the right. */
function table(header: readonly string[], body: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(title.length, ...body.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)));
  const rule = widths.map((width) => "─".repeat(width));
  return `${[line(header), rule, ...body.map(line)].map((cells) => `  ${cells.join("  ")}`).join("\n")}\n`;
}
