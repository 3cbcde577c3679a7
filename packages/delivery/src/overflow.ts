import type { OutboxClient } from "./outbox/outbox-client.js";
import { type Message, messageBytes } from "./ports/message.js";
import type { Entry } from "./queue/entry.js";
import type { DeliveryState } from "./state.js";

/** Decides where an accepted message goes: into memory, into the outbox alone, or nowhere. */
export class Placement {
  constructor(
    readonly state: DeliveryState,
    readonly outbox: OutboxClient | undefined,
  ) {}

  accept(message: Message): void {
    const { accounting, epochs } = this.state;
    const bytes = messageBytes(message);
    const place = this.#placeFor(message, bytes);
    accounting.accepted++;
    if (typeof place === "number") this.state.enqueue(message, place, epochs.current, undefined, bytes);
    else if (place === "outbox") this.outbox?.spill(message);
    else if (place === "held") return;
    else if (place === "too_large") accounting.tooLarge(message);
    else accounting.drop(place);
  }

  /** Drops and counts a message that was not made yet, if it would be dropped whatever it is; returns whether. */
  dropIfFull(keyOf: () => string): boolean {
    const { accounting, closing } = this.state;
    if (!closing && !this.#wouldDrop(keyOf)) return false;
    accounting.accepted++;
    accounting.drop(closing ? "closed" : "overflow");
    return true;
  }

  #wouldDrop(keyOf: () => string): boolean {
    const { buffer, options } = this.state;
    if (!buffer.full || options.overflow !== "drop-newest" || this.outbox?.backlog.behind) return false;
    return !buffer.holdsMoreThanShare(keyOf());
  }

  /** In memory, with the sequence of its record or 0; in the outbox alone; held until that is open; or nowhere, and why. */
  #placeFor(message: Message, bytes: number): number | "outbox" | "held" | "closed" | "overflow" | "too_large" {
    const { buffer, closing, options } = this.state;
    if (closing) return "closed";
    if (buffer.neverFits(bytes)) return "too_large";
    const outbox = this.outbox?.usable ? this.outbox : undefined;
    if (outbox === undefined) return this.#makeRoom(message.key, bytes) ? 0 : "overflow";
    const behind = outbox.backlog.mustWait(message.key);
    // What would be dropped at once need not be written.
    const mayDrop = !behind && options.overflow !== "block-spill";
    if (mayDrop && !this.#makeRoom(message.key, bytes)) return "overflow";
    const sequence = outbox.holding ? "closed" : outbox.records.append(message);
    if (sequence === "too_large") return sequence;
    if (typeof sequence !== "number") {
      if (outbox.hold(message, bytes)) return "held";
      // Better in memory only than not at all, unless something of its key is ahead of it in the outbox.
      const isFirst = !behind || (sequence === "full" && outbox.backlog.hasNothingOf(message.key));
      return isFirst && this.#makeRoom(message.key, bytes) ? 0 : "overflow";
    }
    if (behind || !buffer.fits(bytes)) return "outbox";
    outbox.backlog.keepUp();
    return sequence;
  }

  /** Whether a message of `bytes` fits, after others have made way for it where policy or shares say so. */
  #makeRoom(key: string, bytes: number): boolean {
    const { buffer, options } = this.state;
    if (buffer.fits(bytes)) return true;
    if (options.overflow === "drop-oldest") this.#drop(buffer.evictOldest(bytes));
    else {
      const evicted = buffer.evictForShare(key, bytes);
      this.#drop(this.outbox?.backlog.parkRecovered(evicted) ?? evicted);
    }
    return buffer.fits(bytes);
  }

  #drop(evicted: readonly Entry[]): void {
    if (evicted.length === 0) return;
    this.state.accounting.drop("overflow", evicted.length);
    this.outbox?.acknowledge(evicted);
    this.state.epochs.update();
  }
}
