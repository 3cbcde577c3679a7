import type { Change, Store } from "./store.js";
import type { Row, RowOf } from "./table.js";
import { SPANS } from "./tables.js";

/**
 * `store`: the store was open and recording, by its own clock. `stream`: a stream was read without a gap, by the time of
 * its messages. `source`: a source was heard, by the time of its events.
 */
export type SpanKind = "store" | "stream" | "source";

/** A stretch of time in which something was observed. Milliseconds. */
export interface Span {
  readonly kind: SpanKind;
  readonly source: string;
  readonly from: number;
  readonly to: number;
}

/** How finely is observed. Times are in milliseconds. */
export interface ObservedOptions {
  /** A source without events for longer counts as silent in between. Default 5 minutes. */
  readonly silenceMs?: number;
  /** How often spans are written down, so how much of the last one a crash takes away. Default 10,000. */
  readonly writeEveryMs?: number;
  /** Sources that are followed at once; beyond that, the one silent for longest is dropped. Default 1,000. */
  readonly maxSources?: number;
  /** The column of an event that names its source. Default `source`. */
  readonly sourceColumn?: string;
}

/** A span that may still grow. */
interface OpenSpan {
  readonly kind: SpanKind;
  readonly source: string;
  from: number;
  to: number;
  /** Its key in the store; undefined before it is written. */
  storedFrom: number | undefined;
  dirty: boolean;
}

/** What comes late may belong to an older stretch; this many are kept open for each source. */
const OPEN_SPANS = 8;

/**
 * When the store was recording and each source sent events. Without it "nothing happened" looks like "nobody
 * looked". Spans that touch are joined when they are read, so nothing of them has to be remembered over a restart.
 */
export class ObservedSpans {
  readonly writeEveryMs: number;
  readonly #silenceMs: number;
  readonly #maxSources: number;
  readonly #sourceColumn: string;
  readonly #open = new Map<string, OpenSpan[]>();
  readonly #own: OpenSpan;
  #lastWritten = 0;

  /** @param instance tells this process from others that record into the same store */
  constructor(instance: string, now: number, options: ObservedOptions = {}) {
    this.writeEveryMs = options.writeEveryMs ?? 10_000;
    this.#silenceMs = options.silenceMs ?? 300_000;
    this.#maxSources = options.maxSources ?? 1_000;
    this.#sourceColumn = options.sourceColumn ?? "source";
    this.#own = { kind: "store", source: instance, from: now, to: now, storedFrom: undefined, dirty: true };
  }

  /** Notes that a source or stream was observed at a time, or over a stretch of it. */
  note(kind: "stream" | "source", source: string, from: number, to = from): void {
    const key = `${kind} ${source}`;
    const spans = this.#open.get(key) ?? [];
    // The last one noted goes to the end of the map.
    this.#open.delete(key);
    this.#open.set(key, spans);
    const found = spans.find((span) => from <= span.to + this.#silenceMs && to >= span.from - this.#silenceMs);
    if (found === undefined) {
      spans.unshift({ kind, source, from, to, storedFrom: undefined, dirty: true });
      if (spans.length > OPEN_SPANS) spans.pop();
      this.#forgetOldest();
    } else if (from < found.from || to > found.to) {
      found.from = Math.min(found.from, from);
      found.to = Math.max(found.to, to);
      found.dirty = true;
    }
  }

  /** Whether spans have to be written. */
  isDue(now: number): boolean {
    // After a clock was set back the last time is in the future.
    return Math.abs(now - this.#lastWritten) >= this.writeEveryMs;
  }

  /** The store is about to be closed: the end of its span is written with the next group. */
  finish(now: number): void {
    this.#own.to = now;
    this.#lastWritten = 0;
  }

  /** What the next group has to write; nothing while it isn't due. */
  changes(now: number): Change[] {
    if (!this.isDue(now)) return [];
    this.#own.to = Math.max(this.#own.to, now);
    this.#own.dirty = true;
    const dirty = [this.#own, ...[...this.#open.values()].flat()].filter((span) => span.dirty);
    return [
      {
        table: SPANS.name,
        remove: dirty.flatMap(({ kind, source, from, storedFrom }) =>
          [from, storedFrom].flatMap((start) => (start === undefined ? [] : [[kind, source, start]])),
        ),
        append: dirty.map(({ kind, source, from, to }) => ({ kind, source, started_at: from, ended_at: to })),
      },
    ];
  }

  /** These changes are stored, and with them these events. */
  written(changes: readonly Change[], fresh: readonly Row[], now = Date.now()): void {
    if (changes.length > 0) this.#lastWritten = now;
    for (const { kind, source, started_at, ended_at } of changes.flatMap(({ append }) => append)) {
      const spans = kind === "store" ? [this.#own] : (this.#open.get(`${kind} ${source}`) ?? []);
      for (const span of spans) {
        if (span.from !== started_at) continue;
        span.storedFrom = span.from;
        span.dirty = span.to !== ended_at;
      }
    }
    for (const row of fresh) {
      const source = row[this.#sourceColumn];
      if (typeof source === "string") this.note("source", source, Number(row["ts"]));
    }
  }

  #forgetOldest(): void {
    if (this.#open.size <= this.#maxSources) return;
    const [oldest] = this.#open.keys();
    if (oldest !== undefined) this.#open.delete(oldest);
  }
}

/**
 * Reads what was observed within a stretch of time, spans that touch or are no more than `silenceMs` apart joined. The
 * `store` spans of all processes are joined too. In order of kind, source and time.
 */
export async function observedSpans(
  store: Store,
  { from, to, silenceMs = 300_000 }: { readonly from: number; readonly to: number; readonly silenceMs?: number },
): Promise<Span[]> {
  const rows = await store.query({
    sql: `select kind, source, started_at, ended_at from ${SPANS.name} where ended_at >= $1 and started_at <= $2
          order by kind, source, started_at`,
    parameters: [from - silenceMs, to + silenceMs],
    columns: SPANS.columns,
  });
  const joined: Span[] = [];
  const inOrder = rows
    .map((row) => ({ ...toSpan(row), gap: row.kind === "store" ? 0 : silenceMs }))
    .sort((a, b) => compare(a.kind, b.kind) || compare(a.source, b.source) || a.from - b.from);
  for (const { gap, ...span } of inOrder) {
    const last = joined.at(-1);
    if (last !== undefined && last.kind === span.kind && last.source === span.source && span.from <= last.to + gap) {
      joined[joined.length - 1] = { ...last, to: Math.max(last.to, span.to) };
    } else {
      joined.push(span);
    }
  }
  return joined
    .filter((span) => span.to >= from && span.from <= to)
    .map((span) => ({ ...span, from: Math.max(span.from, from), to: Math.min(span.to, to) }));
}

function toSpan({ kind, source, started_at, ended_at }: RowOf<typeof SPANS.columns>): Span {
  const span = { from: started_at, to: ended_at };
  if (kind === "stream" || kind === "source") return { kind, source, ...span };
  return { kind: "store", source: "", ...span };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
