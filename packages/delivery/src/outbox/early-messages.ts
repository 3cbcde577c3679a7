import type { FlushEpoch } from "../flush-epochs.js";
import { type Message, messageBytes } from "../ports/message.js";
import type { DeliveryState } from "../state.js";
import type { OutboxRecords } from "./outbox-records.js";

/** A message that was accepted while the outbox opened. */
export interface Early {
  readonly message: Message;
  readonly epoch: FlushEpoch;
  /** Whether the outbox has taken it. */
  readonly appended: boolean;
}

/**
 * What was accepted while the outbox opened, in order, as long as memory holds: it must not be lost if opening fails. What
 * the outbox does not take is held here for it.
 */
export class EarlyMessages {
  /** Whether there are messages that the outbox did not take. From then on none may get into it before them. */
  holding = false;
  #messages: Early[] = [];
  #bytes = 0;

  constructor(
    readonly state: DeliveryState,
    readonly records: OutboxRecords,
  ) {}

  get size(): number {
    return this.#messages.length;
  }

  /** Keeps a message that the outbox has taken, if there is room for it. */
  copy(message: Message): void {
    this.#keep({ message, epoch: this.state.epochs.current, appended: true }, messageBytes(message));
  }

  /** Holds a message that the outbox has not taken, if there is room for it; returns whether. */
  hold(message: Message, epoch: FlushEpoch, bytes = messageBytes(message)): boolean {
    if (!this.#keep({ message, epoch, appended: false }, bytes)) return false;
    this.holding = true;
    this.state.spill(epoch, 1);
    return true;
  }

  /** Does something that holds messages, and lets those that are held already come behind them. */
  holdBefore(hold: () => void): void {
    const messages = this.#take();
    hold();
    this.#putBack(messages);
  }

  /** The outbox has opened, or may have room: it gets what it would not take before. */
  append(): void {
    const early = this.#take().filter(({ appended }) => !appended);
    const refused = early.findIndex(({ message, epoch }) => {
      const sequence = this.records.append(message);
      if (typeof sequence !== "number") return true;
      // A flush may have completed its epoch since: the record still belongs to it. Those of later epochs come after it.
      epoch.lastSequence = Math.max(epoch.lastSequence, sequence);
      return false;
    });
    // It may not get past what is still to be read.
    if (refused >= 0) this.#putBack(early.slice(refused));
  }

  /** What the outbox does not take is held in memory, now that nothing is ahead of it. */
  enqueue(): void {
    const { accounting, buffer } = this.state;
    for (const { message, epoch } of this.#take()) {
      this.state.spill(epoch, -1);
      if (buffer.fits(messageBytes(message))) this.state.enqueue(message, 0, epoch);
      else accounting.drop("overflow");
    }
  }

  clear(): void {
    this.#take();
  }

  /** Counts what is held, once, in its epochs. */
  recount(): void {
    for (const { epoch } of this.#messages) epoch.spilled++;
  }

  #keep(early: Early, bytes: number): boolean {
    const room = this.state.buffer.room();
    if (room === undefined || this.#messages.length >= room.maxRecords) return false;
    if (this.#bytes + bytes > room.maxBytes) return false;
    this.#push(early, bytes);
    return true;
  }

  #take(): Early[] {
    const messages = this.#messages;
    this.holding = false;
    for (const { epoch, appended } of messages) if (!appended) this.state.buffer.countVolatile(epoch, -1);
    this.#messages = [];
    this.#bytes = 0;
    return messages;
  }

  #putBack(messages: readonly Early[]): void {
    for (const early of messages) this.#push(early, messageBytes(early.message));
    this.holding = this.#messages.some(({ appended }) => !appended);
  }

  #push(early: Early, bytes: number): void {
    this.#bytes += bytes;
    this.#messages.push(early);
    if (!early.appended) this.state.buffer.countVolatile(early.epoch, 1);
  }
}
