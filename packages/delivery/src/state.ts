import type { Accounting } from "./accounting.js";
import type { ReportDelivery } from "./failure.js";
import { type FlushEpoch, FlushEpochs } from "./flush-epochs.js";
import type { ResolvedOptions } from "./options.js";
import { type Message, messageBytes } from "./ports/message.js";
import type { DeliveryTime } from "./ports/time.js";
import { ExitHold } from "./process/exit-hold.js";
import type { GroupOf } from "./queue/batch-scheduler.js";
import type { Entry } from "./queue/entry.js";
import type { Batch } from "./queue/keyed-queue.js";
import { MessageBuffer } from "./queue/message-buffer.js";
import { Stop } from "./sending/attempt.js";

/**
 * All that one delivery knows: its messages in memory and where the others are, its counts, and what its flushes wait
 * for. Placement puts messages in, the outbox client moves them to and from the outbox, the sender takes them out.
 */
export class DeliveryState {
  readonly buffer: MessageBuffer;
  readonly epochs = new FlushEpochs();
  /** Ends what is under way when `close` runs out of time. */
  readonly stop = new Stop();
  /** Batches under way: their messages are in memory, but not in the queue. */
  readonly underWay = new Set<Batch>();
  /** Messages in the outbox alone, those parked included. */
  spilled = 0;
  /** After `close`: messages left in the outbox. */
  left = 0;
  closing = false;
  /** Called when messages have come into the queue. */
  onWork = () => {};
  /** Called when messages have left memory. */
  onRoom = () => {};
  readonly #hold: ExitHold;

  constructor(
    readonly options: ResolvedOptions,
    readonly time: DeliveryTime,
    readonly report: ReportDelivery,
    readonly accounting: Accounting,
    groupOf: GroupOf,
  ) {
    this.buffer = new MessageBuffer(options, groupOf);
    this.#hold = new ExitHold(options.exitWaitMs, time);
  }

  /** Accepted, and neither delivered nor dropped. */
  get pending(): number {
    return this.buffer.messages + this.spilled + this.left;
  }

  /** When the oldest message in memory was accepted; infinite when there is none. Takes as long as there are keys. */
  get oldestAcceptedAt(): number {
    let oldest = this.buffer.queue.oldestAcceptedAt();
    for (const batch of this.underWay) oldest = Math.min(oldest, batch.oldestAcceptedAt);
    return oldest;
  }

  /** Puts a message into the queue. `sequence` is its record in the outbox, 0 when it has none. */
  enqueue(message: Message, sequence: number, epoch: FlushEpoch, acceptedAt?: number, bytes?: number): void {
    const now = this.time.now();
    this.buffer.add(message, bytes ?? messageBytes(message), acceptedAt ?? now, sequence, epoch);
    this.#hold.accepted(now);
    this.onWork();
  }

  /** Messages of an epoch are in the outbox alone, or not any more. */
  spill(epoch: FlushEpoch, count: number): void {
    epoch.spilled += count;
    this.spilled += count;
  }

  /** Now, in milliseconds since 1970. */
  epochMs(): number {
    return this.time.epoch?.() ?? Date.now();
  }

  /** Messages were settled: delivered, dropped or moved. To be called once all of them are counted. */
  settled(): void {
    if (this.buffer.messages === 0) this.#hold.release();
    this.epochs.update();
    this.onRoom();
  }

  /** Takes what is in the queue out of it, once nothing is sent any more: `left` is what the outbox has of it. */
  closeQueue(): void {
    const { buffer, accounting } = this;
    for (let entry = buffer.queue.dropOldest(); entry !== undefined; entry = buffer.queue.dropOldest()) {
      buffer.forget(entry);
      if (entry.sequence === 0) accounting.drop("closed");
      else this.left++;
    }
    this.#hold.release();
  }

  /** Whether a message is older than it may become. */
  isExpired({ acceptedAt }: Entry): boolean {
    return this.time.now() - acceptedAt >= this.options.retry.maxAgeMs;
  }
}
