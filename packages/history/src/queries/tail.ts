import { EVENTS } from "../projections/tables.js";
import { QueryError } from "./answers/common.js";
import type { TailInput, TailItem } from "./answers/events.js";
import { ask, type QueryContext } from "./context.js";
import { Where } from "./input.js";
import { EVENT_COLUMNS, storedEvent } from "./stored-event.js";

/** Rows that are read at a time. */
const PAGE = 500;
/** Who is further behind reads again what it shows. */
const MAX_BEHIND = 10_000;
const HEARTBEAT_MS = 10_000;
/** Other processes that write to the same store are asked so often. */
const POLL_MS = 1_000;

const NEXT = (where: Where) => `select ${EVENT_COLUMNS} from events e ${where} order by e.seq limit ${PAGE}`;
const ENDS = "select min(e.seq) as first, max(e.seq) as last from events e";

/** Followers that read at a time. The others wait here: all wake at once, and would fill the store's queue. */
const MOST_READING = 8;

/** Tells followers that something was stored, and lets some at a time read it. */
export class TailSignal {
  #waiting = new Set<() => void>();
  #free = MOST_READING;
  readonly #turns: (() => void)[] = [];

  async read<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#turns.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#turns.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }

  notify(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }

  /** Resolves at the next notice, after a time, or when the signal aborts. */
  async next(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      this.#waiting.add(wake);
      signal?.addEventListener("abort", wake, { once: true });
    });
  }
}

export interface TailOptions {
  readonly signal: TailSignal;
  /** Whether other processes write too. */
  readonly polls: boolean;
  /** Default 10,000. */
  readonly heartbeatMs?: number | undefined;
}

/** What is stored from now on, or from after an id on, in the order in which it was stored. */
export async function* tail(
  context: QueryContext,
  input: TailInput,
  { signal: stored, polls, heartbeatMs = HEARTBEAT_MS }: TailOptions,
): AsyncGenerator<TailItem, void, undefined> {
  const { signal } = input;
  const start = await stored.read(() => startOf(context, input));
  let position = start.position;
  if (start.missed !== undefined)
    yield { kind: "lost", id: String(position), missed: start.missed, asOf: context.now() };
  // Not by the time of day: a clock that is set back must not silence it.
  let spoken = performance.now();
  while (!signal?.aborted) {
    const next = await stored.read(async () => (signal?.aborted ? undefined : nextOf(context, input, position)));
    if (next === undefined) return;
    const { rows, last } = next;
    for (const row of rows) {
      if (signal?.aborted) return;
      yield { kind: "event", id: String(row.seq), event: storedEvent(row) };
      spoken = performance.now();
    }
    position = last;
    if (rows.length === PAGE) continue;
    const silentFor = performance.now() - spoken;
    if (silentFor >= heartbeatMs) {
      yield { kind: "heartbeat", id: String(position), asOf: context.now() };
      spoken = performance.now();
      continue;
    }
    await stored.next(Math.min(heartbeatMs - silentFor, polls ? POLL_MS : heartbeatMs), signal);
  }
}

interface Start {
  readonly position: number;
  /** How many were not told; null where nobody knows; undefined where none were missed. */
  readonly missed: number | null | undefined;
}

async function startOf(context: QueryContext, { after }: TailInput): Promise<Start> {
  const [ends] = await ask(context, { sql: ENDS, columns: { first: "bigint?", last: "bigint?" } });
  const last = ends?.last ?? 0;
  if (after === undefined) return { position: last, missed: undefined };
  const position = Number(after);
  if (!/^\d{1,16}$/.test(after) || !Number.isSafeInteger(position))
    throw new QueryError("after", "is not an id of this stream");
  // Another store than the one that gave the id, or its newest rows are lost.
  if (position > last) return { position: last, missed: null };
  const behind = last - position;
  if (behind > MAX_BEHIND) return { position: last, missed: behind };
  const first = ends?.first ?? 0;
  return first > position + 1 && position > 0 && first > last - MAX_BEHIND
    ? { position: first - 1, missed: first - 1 - position }
    : { position, missed: undefined };
}

async function nextOf(context: QueryContext, input: TailInput, position: number) {
  const where = new Where();
  where.and(`e.seq > ${where.bind(position, "bigint")}`);
  where.scope(input, "e.");
  where.equals("e.type", "type", input.type);
  where.equals("e.system", "system", input.system);
  const [ends] = await ask(context, { sql: ENDS, columns: { first: "bigint?", last: "bigint?" } });
  const rows = await ask(context, { sql: NEXT(where), parameters: where.parameters, columns: EVENTS.columns });
  const newest = rows.at(-1)?.seq ?? position;
  // What the filter leaves out was looked at, too.
  return { rows, last: rows.length === PAGE ? newest : Math.max(newest, ends?.last ?? position, position) };
}
