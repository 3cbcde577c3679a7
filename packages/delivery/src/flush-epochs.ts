import { MAX_TIMER_MS } from "@alumiini/core/adapter";
import type { DeliveryTime } from "./ports/time.js";

/** What was accepted between two flushes. */
export class FlushEpoch {
  /** Messages in memory. */
  inMemory = 0;
  /** Without a record in the outbox: in memory only. */
  volatile = 0;
  /** Messages in the outbox alone, still to be read back. */
  spilled = 0;
  /** Messages in the outbox alone that were passed over, because their key holds its share of memory already. */
  parked = 0;
  /** The last record that was appended before the epoch was complete. */
  lastSequence = Number.POSITIVE_INFINITY;
  /** Callbacks of those who wait until the epoch is settled. */
  readonly waiting = new Set<(settled: boolean) => void>();
  /** The delivery is closed: nobody may wait any more. */
  closed = false;

  get empty(): boolean {
    return this.inMemory === 0 && this.spilled === 0 && this.parked === 0;
  }
}

/** Tells flushes when everything accepted before them is settled, with one counter for all messages between two. */
export class FlushEpochs {
  current = new FlushEpoch();
  /** Complete ones that are not empty, oldest first. */
  readonly #complete: FlushEpoch[] = [];

  get oldest(): FlushEpoch {
    return this.#complete[0] ?? this.current;
  }

  /** Whether everything is settled that was accepted. */
  get settled(): boolean {
    return this.#complete.length === 0 && this.current.empty;
  }

  /** Returns the epoch that a message belongs to, by its record in the outbox. */
  of(sequence: number): FlushEpoch {
    return this.#complete.find((epoch) => sequence <= epoch.lastSequence) ?? this.current;
  }

  /** Returns all epochs that are not settled. */
  all(): readonly FlushEpoch[] {
    return [...this.#complete, this.current];
  }

  /** Whether everything accepted before the end of an epoch has a record in the outbox, or is settled. */
  isStored(epoch: FlushEpoch): boolean {
    for (const one of this.#complete) {
      if (one.volatile > 0) return false;
      if (one === epoch) break;
    }
    return epoch.volatile === 0;
  }

  /** Completes the current epoch. Returns the complete one that is settled last, unless all are settled. */
  complete(lastSequence: number): FlushEpoch | undefined {
    if (!this.current.empty) {
      this.current.lastSequence = lastSequence;
      this.#complete.push(this.current);
      this.current = new FlushEpoch();
    }
    return this.#complete.at(-1);
  }

  /** The outbox begins to number records anew, and has none of those accepted so far. */
  forgetSequences(): void {
    for (const epoch of this.#complete) epoch.lastSequence = 0;
  }

  /** Ends all waiting, also of those who are about to begin. */
  close(): void {
    for (const epoch of this.all()) {
      epoch.closed = true;
      for (const wake of epoch.waiting) wake(epoch.empty);
    }
  }

  /** Wakes those who have nothing left to wait for. To be called after epochs have shrunk. */
  update(): void {
    for (let first = this.#complete[0]; first?.empty; first = this.#complete[0]) {
      this.#complete.shift();
      for (const wake of first.waiting) wake(true);
    }
    if (this.settled) for (const wake of this.current.waiting) wake(true);
  }
}

/**
 * Returns whether the epoch was settled before `signal` aborted. `alsoEnds` is given what ends the wait early, as if the
 * epoch were settled.
 */
export function waitForEpoch(
  epoch: FlushEpoch,
  signal: AbortSignal | undefined,
  time: DeliveryTime,
  alsoEnds?: (end: () => void) => void,
): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (settled: boolean) => {
      epoch.waiting.delete(end);
      signal?.removeEventListener("abort", onAbort);
      letGo();
      resolve(settled);
    };
    const onAbort = () => end(false);
    // The process must live until a flush that someone waits for has ended; the runtime's other timers don't hold it.
    const letGo = time.setTimer(() => {}, MAX_TIMER_MS, true);
    epoch.waiting.add(end);
    if (epoch.closed) end(epoch.empty);
    else if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort);
    alsoEnds?.(() => end(true));
  });
}
