import { DELIVERY_BUCKETS } from "@alumiini/core/metrics";
import type { OutboxStats } from "./ports/outbox.js";

/**
 * What is believed of the receiver: `closed`: it works, batches are sent; `open`: it seems to be down, sending pauses;
 * `half-open`: one batch tries whether it works again. As in an electric circuit.
 */
export type CircuitState = "closed" | "open" | "half-open";

/**
 * Why a message was given up:
 * - `overflow`: memory was full, or the outbox.
 * - `too_large`: larger than `maxBatchBytes`, or than the outbox takes.
 * - `rejected`: the receiver will never take it.
 * - `attempts_exhausted`: `retry.maxAttempts` failed while other messages passed.
 * - `expired`: it was older than `retry.maxAgeMs`.
 * - `encode_failed`: the encoder threw; counted once for the event, whatever it would have become.
 * - `closed`: it came after `close`, or was still in memory only when the sink closed.
 * - `outbox`: the outbox could not give it back: damaged, unreadable, or lost with failing storage.
 */
export type DropReason =
  | "overflow"
  | "too_large"
  | "rejected"
  | "attempts_exhausted"
  | "expired"
  | "encode_failed"
  | "closed"
  | "outbox";

/** One sink's counts and state, at this instant. `accepted = delivered + dropped + pending`, always. */
export interface DeliveryStats {
  /** Messages taken in, those found in the outbox included. */
  readonly accepted: number;
  /** Of those accepted: found in the outbox, left there by an earlier process, or in a directory that came in its place. */
  readonly recovered: number;
  /** The receiver has confirmed them. */
  readonly delivered: number;
  /** Given up, by reason. */
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** Neither delivered nor dropped: in memory, or in the outbox alone. After `close`: left in the outbox. */
  readonly pending: number;
  /** Of those pending: waiting in memory. */
  readonly queuedMessages: number;
  /** Bytes held in memory, by what waits and by what is under way. */
  readonly queuedBytes: number;
  /** Of those pending: in a batch under way. */
  readonly inFlight: number;
  /** Messages that an attempt left to be sent again, counted at each attempt. */
  readonly retries: number;
  /** Batches sent, attempts counted each. */
  readonly batches: number;
  /**
   * Milliseconds since the oldest of those pending was accepted, in memory or in the outbox, by an earlier process too;
   * `undefined` where nothing is pending. What every alert on a standstill needs.
   */
  readonly oldestPendingMs: number | undefined;
  /** Whether the receiver seems to be down; see {@link CircuitState}. */
  readonly circuit: CircuitState;
  /** Whether the transport has connected. */
  readonly connected: boolean;
  /** What the last failed attempt said, without credentials; stays after recovery. */
  readonly lastError: string | undefined;
  /**
   * Milliseconds from acceptance to the receiver's confirmation, of the messages delivered; for those that an earlier
   * process accepted, by the clocks of both.
   */
  readonly durations: HistogramData;
  readonly outbox?: OutboxStats | undefined;
}

/** A distribution as data, for any metrics backend. */
export interface HistogramData {
  /** Upper bounds, inclusive and ascending; an infinite one follows. */
  readonly bounds: readonly number[];
  /** The count of each bucket alone, not cumulated: one more than there are bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
}

/** Counts durations in buckets. */
export class DurationHistogram {
  readonly #counts: number[] = Array.from({ length: DELIVERY_BUCKETS.length + 1 }, () => 0);
  #sum = 0;
  #count = 0;

  observe(milliseconds: number): void {
    let bucket = 0;
    while (milliseconds > (DELIVERY_BUCKETS[bucket] ?? Number.POSITIVE_INFINITY)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += milliseconds;
    this.#count++;
  }

  data(): HistogramData {
    return { bounds: DELIVERY_BUCKETS, counts: [...this.#counts], sum: this.#sum, count: this.#count };
  }
}
