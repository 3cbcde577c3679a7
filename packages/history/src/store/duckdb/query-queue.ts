import { QueryTimeout, StoreBusy } from "../errors.js";
import type { QueryOptions } from "../store.js";

const DEFAULT_DEADLINE_MS = 10_000;
/** The longest queue. One that waits longer than its deadline leaves it. */
const MAX_WAITING = 256;
const INTERRUPT_EVERY_MS = 20;
/** A longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const ignore = (): void => {};

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** What runs in a turn, and how to end it early. */
export interface Turn {
  /** Called when the deadline passes or the caller gives up while it runs. */
  interrupt(): void;
}

/**
 * Lets one at a time run. DuckDB's queries run on the four threads that the host's file access needs too, so there are
 * never more than this one and the writer.
 */
export class QueryQueue {
  readonly #turn: Turn;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(turn: Turn) {
    this.#turn = turn;
  }

  /**
   * Runs when it is its turn. The deadline counts from now on.
   *
   * @throws QueryTimeout, StoreBusy, or the signal's reason
   */
  async run<T>(work: () => Promise<T>, { deadlineMs = DEFAULT_DEADLINE_MS, signal }: QueryOptions = {}): Promise<T> {
    signal?.throwIfAborted();
    if (this.#waiting >= MAX_WAITING) throw new StoreBusy(`${MAX_WAITING} queries are waiting already`);
    const stop = new AbortController();
    const timer = setTimeout(
      () => {
        stop.abort(new QueryTimeout(`The query took longer than ${deadlineMs} ms`));
      },
      Math.min(deadlineMs, LONGEST_TIMER_MS),
    );
    const giveUp = (): void => stop.abort(signal?.reason);
    signal?.addEventListener("abort", giveUp, { once: true });
    this.#waiting++;
    const turn = this.#last.then(() => this.#runNow(work, stop.signal));
    this.#last = turn.then(ignore, ignore);
    try {
      // A query that can't run any more is rejected at once, not when its turn comes.
      return await Promise.race([turn, whenAborted(stop.signal)]);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", giveUp);
      void this.#last.then(() => this.#waiting--);
    }
  }

  /** Resolves when nothing waits or runs. */
  async idle(): Promise<void> {
    while (this.#waiting > 0) await this.#last;
  }

  async #runNow<T>(work: () => Promise<T>, stopped: AbortSignal): Promise<T> {
    stopped.throwIfAborted();
    let again: ReturnType<typeof setInterval> | undefined;
    const interrupt = (): void => {
      this.#turn.interrupt();
      // One that comes between two steps of a query, while it is being prepared for instance, has no effect.
      again = setInterval(() => this.#turn.interrupt(), INTERRUPT_EVERY_MS);
    };
    stopped.addEventListener("abort", interrupt, { once: true });
    try {
      return await work();
    } catch (error) {
      stopped.throwIfAborted();
      throw error;
    } finally {
      clearInterval(again);
      stopped.removeEventListener("abort", interrupt);
    }
  }
}
