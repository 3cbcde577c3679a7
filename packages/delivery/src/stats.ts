import type { CircuitState } from "./circuit.js";
import { DurationHistogram, type HistogramData } from "./duration-histogram.js";
import type { OutboxStats } from "./ports/outbox.js";

/**
 * Why a message was given up:
 * - `overflow`: memory was full, or the outbox.
 * - `too_large`: larger than `maxBatchBytes`, or than the outbox takes.
 * - `rejected`: the receiver will never take it.
 * - `attempts_exhausted`: `retry.maxAttempts` were made.
 * - `encode_failed`: the encoder threw; counted once for the event, whatever it would have become.
 * - `closed`: it came after `close`, or was still in memory only when the sink closed.
 * - `outbox`: the outbox could not give it back: damaged, unreadable, or lost with failing storage.
 */
export type DropReason =
  | "overflow"
  | "too_large"
  | "rejected"
  | "attempts_exhausted"
  | "encode_failed"
  | "closed"
  | "outbox";

/** One sink's counts and state, at this instant. `accepted = delivered + dropped + pending`, always. */
export interface DeliveryStats {
  /** Messages taken in, those found in the outbox at the start included. */
  readonly accepted: number;
  /** Of those accepted: found in the outbox at the start, left there by an earlier process. */
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
  /** `open`: nothing is sent until a pause is over; `half-open`: one batch is trying whether it works again. */
  readonly circuit: CircuitState;
  /** Whether the transport has connected. */
  readonly connected: boolean;
  /** What the last failed attempt said, without credentials; stays after recovery. */
  readonly lastError: string | undefined;
  /**
   * Milliseconds from acceptance to the receiver's confirmation, of the messages delivered. What was read back from an
   * outbox counts from then.
   */
  readonly durations: HistogramData;
  readonly outbox?: OutboxStats | undefined;
}

/** The counts that only grow. */
export class Counters {
  accepted = 0;
  recovered = 0;
  delivered = 0;
  retries = 0;
  lastError: string | undefined;
  readonly durations = new DurationHistogram();
  readonly dropped: Record<DropReason, number> = {
    overflow: 0,
    too_large: 0,
    rejected: 0,
    attempts_exhausted: 0,
    encode_failed: 0,
    closed: 0,
    outbox: 0,
  };

  /** A copy for those who ask. */
  counts() {
    const { accepted, recovered, delivered, retries, lastError, dropped, durations } = this;
    return { accepted, recovered, delivered, retries, lastError, dropped: { ...dropped }, durations: durations.data() };
  }
}
