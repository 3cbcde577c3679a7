import type { FlushEpoch } from "../flush-epochs.js";
import { type Message, messageBytes } from "../ports/message.js";
import type { MessageBuffer } from "../queue/message-buffer.js";

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

  constructor(readonly buffer: MessageBuffer) {}

  get size(): number {
    return this.#messages.length;
  }

  /** Keeps a message if there is room for it; returns whether. */
  keep(early: Early, bytes = messageBytes(early.message)): boolean {
    const room = this.buffer.room();
    if (room === undefined || this.#messages.length >= room.maxRecords) return false;
    if (this.#bytes + bytes > room.maxBytes) return false;
    this.#push(early, bytes);
    return true;
  }

  /** Returns all of them, and holds none any more. */
  take(): Early[] {
    const messages = this.#messages;
    this.clear();
    return messages;
  }

  /** Holds messages again that `take` returned. */
  putBack(messages: readonly Early[]): void {
    for (const early of messages) this.#push(early, messageBytes(early.message));
    this.holding = this.#messages.length > 0;
  }

  clear(): void {
    this.holding = false;
    for (const { epoch, appended } of this.#messages) if (!appended) this.buffer.countVolatile(epoch, -1);
    this.#messages = [];
    this.#bytes = 0;
  }

  #push(early: Early, bytes: number): void {
    this.#bytes += bytes;
    this.#messages.push(early);
    if (!early.appended) this.buffer.countVolatile(early.epoch, 1);
  }
}
