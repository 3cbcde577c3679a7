import { Ledger } from "./accounting.js";
import type { Delivery, DeliveryConfig } from "./delivery.js";
import { createDeliveryReporter, logDeliveryFailure } from "./failure.js";
import { type Cohort, Cohorts } from "./flush-epochs.js";
import { type ResolvedOptions, resolveOptions } from "./options.js";
import { Spool } from "./outbox-client.js";
import { type Message, messageBytes } from "./ports/message.js";
import { type DeliveryTime, systemTime } from "./ports/time.js";
import type { SendResult } from "./ports/transport.js";
import { groupsOf } from "./queue/batch-scheduler.js";
import type { Entry } from "./queue/entry.js";
import { Memory } from "./queue/message-buffer.js";
import { Sender } from "./sender.js";
import { release, waitForCohort } from "./settle.js";
import type { DeliveryStats } from "./stats.js";
import { Stop } from "./stop.js";

/** Why what a transport did not deliver is given up. */
const GIVEN_UP = { retry: "attempts_exhausted", rejected: "rejected" } as const;

/**
 * Creates the runtime of one sink. It begins to connect, and never throws because a receiver is down.
 *
 * @throws {TypeError} for options that no delivery could work with.
 */
export function createDelivery(config: DeliveryConfig): Delivery {
  if (typeof config.name !== "string" || config.name === "") throw new TypeError("name must be a non-empty string");
  if (typeof config.transport?.send !== "function") throw new TypeError("transport must have a send method");
  return new DeliveryRuntime(config, resolveOptions(config), config.time ?? systemTime);
}

/** Joins queue, sender and spool, and keeps the books over them. */
class DeliveryRuntime implements Delivery {
  readonly name: string;
  readonly #cohorts = new Cohorts();
  readonly #memory: Memory;
  readonly #ledger: Ledger;
  readonly #sender: Sender;
  readonly #stop = new Stop();
  readonly #spool: Spool | undefined;
  /** Left in the outbox at the end. */
  #left = 0;
  #closing: Promise<void> | undefined;
  /** Releasing that `close` did not wait for. */
  #released = Promise.resolve();

  constructor(
    readonly config: DeliveryConfig,
    readonly options: ResolvedOptions,
    readonly time: DeliveryTime,
  ) {
    const { name, transport, outbox, onFailure = logDeliveryFailure, onDeadLetter } = config;
    this.name = name;
    const report = createDeliveryReporter(name, onFailure, time);
    this.#ledger = new Ledger(report, onDeadLetter);
    this.#memory = new Memory(options, time, groupsOf(transport));
    this.#sender = new Sender(transport, options, {
      queue: this.#memory.queue,
      time,
      report,
      stop: this.#stop,
      settle: (entries, results) => this.#settle(entries, results),
      failed: (error) => this.#ledger.failed(error),
      changed: () => this.#changed(),
    });
    if (outbox !== undefined) {
      this.#spool = new Spool(outbox, {
        cohorts: this.#cohorts,
        time,
        report,
        room: () => this.#memory.room(),
        enqueue: (message, sequence, cohort) => this.#restore(message, sequence, cohort),
        recovered: (count) => {
          this.#ledger.accepted += count;
          this.#ledger.recovered += count;
        },
        lost: (count) => this.#ledger.drop("outbox", count),
        changed: () => {
          this.#cohorts.update();
          this.#sender.schedule();
        },
      });
      this.#spool.open();
    }
  }

  accept(message: Message): void {
    const bytes = messageBytes(message);
    const place = this.#placeFor(message, bytes);
    this.#ledger.accepted++;
    if (typeof place === "number") this.#enqueue(message, bytes, place, this.#cohorts.current);
    else if (place === "outbox") this.#spool?.spill(message);
    else if (place === "too_large") this.#ledger.tooLarge(message);
    else this.#ledger.drop(place);
  }

  dropIfFull(): boolean {
    const closed = this.#closing !== undefined;
    if (!closed && !(this.#memory.full && this.#dropsNewest())) return false;
    this.#ledger.accepted++;
    this.#ledger.drop(closed ? "closed" : "overflow");
    return true;
  }

  encodeFailed(error: unknown): void {
    this.#ledger.accepted++;
    this.#ledger.drop("encode_failed");
    this.#ledger.report("encode_failed", "An event could not be encoded and is not sent:", error);
  }

  ready(): Promise<void> {
    return this.#sender.ready;
  }

  async flush(signal?: AbortSignal): Promise<void> {
    if (this.#closing !== undefined) return;
    const cohort = this.#cohorts.complete(this.#spool?.lastAppended ?? 0);
    if (cohort === undefined) return;
    let safe = false;
    void this.#spool?.sync().then((synced) => {
      safe = synced;
    });
    const calm = this.#sender.hurry();
    const settled = await waitForCohort(cohort, signal, this.time);
    calm();
    if (settled || (safe && this.#memory.volatile === 0)) return;
    throw new Error(`${this.#pending()} messages of sink "${this.name}" are not delivered yet. ${this.#ledger.reason}`);
  }

  close(signal?: AbortSignal): Promise<void> {
    if (this.#closing !== undefined) return this.#closing.then(() => this.#released);
    this.#closing = this.#close(signal);
    return this.#closing;
  }

  stats(): DeliveryStats {
    const { batches, circuit, connected } = this.#sender;
    const { messages, bytes, queue } = this.#memory;
    return {
      ...this.#ledger.counts(),
      pending: this.#pending(),
      queuedMessages: queue.waiting,
      queuedBytes: bytes,
      inFlight: messages - queue.waiting,
      batches,
      circuit,
      connected,
      outbox: this.#spool?.outbox.stats(),
    };
  }

  async #close(signal: AbortSignal | undefined): Promise<void> {
    const onAbort = () => this.#stop.stop();
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort);
    await this.#sender.close();
    const { queue } = this.#memory;
    for (let entry = queue.dropOldest(); entry !== undefined; entry = queue.dropOldest()) {
      this.#memory.forget(entry);
      if (entry.sequence === 0) this.#ledger.drop("closed");
      else this.#left++;
    }
    const { closed } = this.#ledger.dropped;
    if (closed > 0) this.#ledger.report("closed", `${closed} messages were not delivered when the sink closed.`);
    for (const cohort of this.#cohorts.all()) for (const wake of cohort.waiting) wake(cohort.empty);
    signal?.removeEventListener("abort", onAbort);
    const { config, options, time } = this;
    const released = release(config.transport, this.#spool, options.attemptTimeoutMs, this.#stop, time);
    // Who has no time left need not wait for what loses nothing: it goes on behind.
    if (!signal?.aborted) return released;
    this.#released = released.catch((error: unknown) => {
      this.#ledger.report("close_failed", "Closing did not end well:", error);
    });
  }

  /** In memory, with the sequence of its record or 0; in the outbox alone; or nowhere, and why. */
  #placeFor(message: Message, bytes: number): number | "outbox" | "closed" | "overflow" | "too_large" {
    if (this.#closing !== undefined) return "closed";
    if (this.#memory.neverFits(bytes)) return "too_large";
    const spool = this.#spool?.usable ? this.#spool : undefined;
    if (spool === undefined) return this.#makeRoom(bytes) ? 0 : "overflow";
    // What would be dropped at once need not be written.
    const mayDrop = !spool.behind && this.options.overflow !== "block-spill";
    if (mayDrop && !this.#makeRoom(bytes)) return "overflow";
    const sequence = spool.append(message);
    if (sequence === "too_large") return sequence;
    // Better in memory only than not at all, unless something is ahead of it in the outbox.
    if (typeof sequence !== "number") return !spool.behind && this.#makeRoom(bytes) ? 0 : "overflow";
    if (spool.behind || !this.#memory.fits(bytes)) return "outbox";
    spool.keepUp();
    return sequence;
  }

  /** Whether a message that does not fit is dropped. */
  #dropsNewest(): boolean {
    return this.options.overflow === "drop-newest" && !(this.#spool?.usable && this.#spool.behind);
  }

  #restore(message: Message, sequence: number, cohort: Cohort): void {
    const bytes = messageBytes(message);
    if (!this.#memory.neverFits(bytes)) {
      this.#enqueue(message, bytes, sequence, cohort);
      return;
    }
    this.#ledger.tooLarge(message);
    this.#spool?.acknowledge([sequence]);
  }

  #enqueue(message: Message, bytes: number, sequence: number, cohort: Cohort): void {
    this.#memory.add(message, bytes, sequence, cohort);
    this.#sender.schedule();
  }

  #settle(entries: readonly Entry[], results: readonly SendResult[]): Entry[] {
    const again: Entry[] = [];
    const done: number[] = [];
    const now = this.time.now();
    entries.forEach((entry, index) => {
      const result = results[index];
      if (result === undefined || this.#mayTryAgain(entry, result)) {
        again.push(entry);
        return;
      }
      this.#memory.forget(entry);
      if (result.status === "delivered") this.#ledger.deliver(now - entry.acceptedAt);
      else this.#ledger.giveUp(entry.message, GIVEN_UP[result.status], result.error);
      if (entry.sequence > 0) done.push(entry.sequence);
    });
    this.#ledger.retries += again.length;
    this.#spool?.acknowledge(done);
    return again;
  }

  #mayTryAgain(entry: Entry, result: SendResult): boolean {
    if (result.status !== "retry") return false;
    entry.failures++;
    // An attempt that closing cut short does not count against the message.
    return entry.failures < this.options.retry.maxAttempts || this.#closing !== undefined;
  }

  #changed(): void {
    this.#cohorts.update();
    this.#spool?.refill();
  }

  /** Whether a message of so many bytes fits, after older ones have made way for it where the policy says so. */
  #makeRoom(bytes: number): boolean {
    if (this.#memory.fits(bytes)) return true;
    if (this.options.overflow !== "drop-oldest") return false;
    const evicted = this.#memory.evictFor(bytes);
    if (evicted.length === 0) return false;
    this.#ledger.drop("overflow", evicted.length);
    this.#spool?.acknowledge(evicted.flatMap(({ sequence }) => (sequence > 0 ? sequence : [])));
    this.#cohorts.update();
    return this.#memory.fits(bytes);
  }

  #pending(): number {
    return this.#memory.messages + (this.#spool?.spilled ?? 0) + this.#left;
  }
}
