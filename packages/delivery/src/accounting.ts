import { describeError } from "@alumiini/core/adapter";
import type { ReportDelivery } from "./failure.js";
import type { DeliveryOptions } from "./options.js";
import { type Message, messageBytes } from "./ports/message.js";
import { type DropReason, DurationHistogram } from "./stats.js";

/** The reasons for which a message becomes a dead letter: it was encoded, and only the message itself is to blame. */
export type DeadLetterReason = "rejected" | "attempts_exhausted" | "expired" | "too_large";

const EXPLANATIONS = {
  overflow: "Messages are dropped: memory or the outbox is full. Is the receiver down, or too slow?",
  rejected: "The receiver refused a message for good; it was given up:",
  attempts_exhausted: "A message was given up after retry.maxAttempts attempts while other messages passed:",
  expired: "A message was given up because it is older than retry.maxAgeMs:",
  too_large: "A message is larger than maxBatchBytes or the outbox allows and was given up:",
} as const;

/** Counts what becomes of messages, reports losses, and hands over what was given up. */
export class Accounting {
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
    expired: 0,
    encode_failed: 0,
    closed: 0,
    outbox: 0,
  };
  /** Keeps dead letters, beside `onDeadLetter`; set where there is an outbox. */
  keepDeadLetter: (message: Message, reason: DeadLetterReason, error: Error) => void = () => {};

  constructor(
    readonly report: ReportDelivery,
    readonly onDeadLetter: DeliveryOptions["onDeadLetter"],
  ) {}

  /** Messages were found in an outbox, left there by others. */
  recover(count: number): void {
    this.accepted += count;
    this.recovered += count;
  }

  deliver(milliseconds: number): void {
    this.delivered++;
    this.durations.observe(milliseconds);
  }

  drop(reason: DropReason, count = 1): void {
    this.dropped[reason] += count;
    if (reason === "overflow") this.report("overflow", EXPLANATIONS.overflow);
  }

  /** Drops a message that no attempt can help. */
  giveUp(message: Message, reason: DeadLetterReason, error: Error): void {
    this.dropped[reason]++;
    this.report(reason, EXPLANATIONS[reason], error);
    this.keepDeadLetter(message, reason, error);
    try {
      this.onDeadLetter?.(message, reason, error);
    } catch (thrown) {
      this.report("dead_letter_failed", "onDeadLetter threw; the message is lost:", thrown);
    }
  }

  tooLarge(message: Message): void {
    const bytes = messageBytes(message);
    this.giveUp(message, "too_large", new Error(`its ${bytes} bytes, or the record of it, exceed the bounds`));
  }

  failed(error: unknown): void {
    this.lastError = describeError(error);
  }

  /** Why messages wait, as far as is known. */
  get reason(): string {
    return this.lastError === undefined ? "The receiver has not answered." : `The last failure: ${this.lastError}`;
  }

  /** Returns a copy for `stats()`. */
  counts() {
    const { accepted, recovered, delivered, retries, lastError, dropped, durations } = this;
    return { accepted, recovered, delivered, retries, lastError, dropped: { ...dropped }, durations: durations.data() };
  }
}
