import { describeError } from "@alumiini/core/adapter";
import type { ReportDelivery } from "./failure.js";
import type { DeliveryOptions } from "./options.js";
import { type Message, messageBytes } from "./ports/message.js";
import { Counters, type DropReason } from "./stats.js";

const EXPLANATIONS = {
  overflow: "Messages are dropped: memory or the outbox is full. Is the receiver down, or too slow?",
  rejected: "A message was refused for good and given up:",
  attempts_exhausted: "A message was given up after retry.maxAttempts attempts:",
  too_large: "A message is larger than maxBatchBytes or the outbox allows and was given up:",
} as const;

/** Counts what becomes of messages, and tells who wants to know. */
export class Ledger extends Counters {
  constructor(
    readonly report: ReportDelivery,
    readonly onDeadLetter: DeliveryOptions["onDeadLetter"],
  ) {
    super();
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
  giveUp(message: Message, reason: "rejected" | "attempts_exhausted" | "too_large", error: Error): void {
    this.dropped[reason]++;
    this.report(reason, EXPLANATIONS[reason], error);
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
}
