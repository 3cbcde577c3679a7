import { type Cohort, Cohorts } from "./cohorts.js";
import type { Delivery, DeliveryConfig } from "./delivery.js";
import { createDeliveryReporter, logDeliveryFailure } from "./failure.js";
import type { Entry } from "./keyed-queue.js";
import { Ledger } from "./ledger.js";
import { Memory } from "./memory.js";
import type { Message } from "./message.js";
import type { ResolvedOptions } from "./options.js";
import { Sender } from "./sender.js";
import { release, waitForCohort } from "./settle.js";
import { Spool } from "./spool.js";
import type { DeliveryStats } from "./stats.js";
import type { DeliveryTime } from "./time.js";
import type { SendResult } from "./transport.js";

/** Joins queue, sender and spool, and keeps the books over them. */
export class DeliveryRuntime implements Delivery {
  readonly name: string;
  readonly #cohorts = new Cohorts();
  readonly #memory: Memory;
  readonly #ledger: Ledger;
  readonly #sender: Sender;
  readonly #spool: Spool | undefined;
  /** Left in the outbox at the end. */
  #left = 0;
  #closing: Promise<void> | undefined;

  constructor(
    readonly config: DeliveryConfig,
    readonly options: ResolvedOptions,
    readonly time: DeliveryTime,
  ) {
    const { name, transport, outbox, onFailure = logDeliveryFailure, onDeadLetter } = config;
    this.name = name;
    const report = createDeliveryReporter(name, onFailure, time);
    this.#ledger = new Ledger(report, onDeadLetter);
    this.#memory = new Memory(options, time);
    this.#sender = new Sender(transport, options, {
      queue: this.#memory.queue,
      time,
      report,
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
      void this.#spool.open();
    }
  }

  accept(message: Message): void {
    this.#ledger.accepted++;
    if (this.#closing !== undefined) this.#ledger.drop("closed");
    else if (this.#tooLarge(message)) return;
    else if (this.#spool?.usable) this.#acceptDurably(message, this.#spool);
    else this.#acceptInMemory(message);
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
    throw new Error(`${this.#pending()} messages of sink "${this.name}" are not delivered yet. ${this.#why()}`);
  }

  close(signal?: AbortSignal): Promise<void> {
    this.#closing ??= this.#close(signal);
    return this.#closing;
  }

  stats(): DeliveryStats {
    const { accepted, recovered, delivered, dropped, retries, lastError, durations } = this.#ledger;
    const { inFlight, batches, circuit, connected } = this.#sender;
    return {
      accepted,
      recovered,
      delivered,
      dropped: { ...dropped },
      pending: this.#pending(),
      queuedMessages: this.#memory.queue.waiting,
      queuedBytes: this.#memory.bytes,
      inFlight,
      retries,
      batches,
      circuit,
      connected,
      lastError,
      durations: durations.data(),
      outbox: this.#spool?.outbox.stats(),
    };
  }

  async #close(signal: AbortSignal | undefined): Promise<void> {
    await this.#sender.close(signal);
    const { queue } = this.#memory;
    for (let entry = queue.dropOldest(); entry !== undefined; entry = queue.dropOldest()) {
      this.#memory.forget(entry);
      if (entry.sequence === 0) this.#ledger.drop("closed");
      else this.#left++;
    }
    for (const cohort of this.#cohorts.all()) for (const wake of cohort.waiting) wake(cohort.empty);
    await release(this.config.transport, this.#spool, this.options.attemptTimeoutMs, signal, this.time);
  }

  #acceptDurably(message: Message, spool: Spool): void {
    // What would be dropped at once need not be written.
    if (!spool.behind && this.options.overflow !== "block-spill" && !this.#makeRoom(message)) {
      this.#ledger.drop("overflow");
      return;
    }
    const sequence = spool.append(message);
    if (sequence === "too_large") {
      this.#ledger.giveUp(message, "too_large", new Error("the outbox takes no record of this size"));
    } else if (typeof sequence !== "number") {
      // Better in memory only than not at all, unless something is ahead of it in the outbox.
      if (spool.behind) this.#ledger.drop("overflow");
      else this.#acceptInMemory(message);
    } else if (spool.behind || !this.#memory.fits(message)) {
      spool.spill(message);
    } else {
      spool.keepUp();
      this.#enqueue(message, sequence, this.#cohorts.current);
    }
  }

  #acceptInMemory(message: Message): void {
    if (this.#makeRoom(message)) this.#enqueue(message, 0, this.#cohorts.current);
    else this.#ledger.drop("overflow");
  }

  #restore(message: Message, sequence: number, cohort: Cohort): void {
    if (this.#tooLarge(message)) this.#spool?.acknowledge([sequence]);
    else this.#enqueue(message, sequence, cohort);
  }

  #enqueue(message: Message, sequence: number, cohort: Cohort): void {
    this.#memory.add(message, sequence, cohort);
    this.#sender.schedule();
  }

  #settle(entries: readonly Entry[], results: readonly SendResult[]): Entry[] {
    const again: Entry[] = [];
    const done: number[] = [];
    const now = this.time.now();
    entries.forEach((entry, index) => {
      const result = results[index];
      if (result === undefined || result.status === "retry") {
        entry.failures++;
        // An attempt that closing cut short does not count against the message.
        const last = entry.failures >= this.options.retry.maxAttempts && this.#closing === undefined;
        if (result === undefined || !last) {
          again.push(entry);
          return;
        }
        this.#ledger.giveUp(entry.message, "attempts_exhausted", result.error);
      } else if (result.status === "rejected") {
        this.#ledger.giveUp(entry.message, "rejected", result.error);
      } else {
        this.#ledger.delivered++;
        this.#ledger.durations.observe(now - entry.acceptedAt);
      }
      this.#memory.forget(entry);
      if (entry.sequence > 0) done.push(entry.sequence);
    });
    this.#ledger.retries += again.length;
    this.#spool?.acknowledge(done);
    return again;
  }

  #changed(): void {
    this.#cohorts.update();
    this.#spool?.refill();
  }

  /** Whether the message fits, after older ones have made way for it where the policy says so. */
  #makeRoom(message: Message): boolean {
    const memory = this.#memory;
    if (memory.fits(message)) return true;
    if (this.options.overflow !== "drop-oldest") return false;
    const done: number[] = [];
    while (!memory.fits(message)) {
      const oldest = memory.queue.dropOldest();
      // All that is left is under way.
      if (oldest === undefined) break;
      memory.forget(oldest);
      this.#ledger.drop("overflow");
      if (oldest.sequence > 0) done.push(oldest.sequence);
    }
    this.#spool?.acknowledge(done);
    this.#cohorts.update();
    return memory.fits(message);
  }

  #tooLarge(message: Message): boolean {
    const bytes = this.#memory.excess(message);
    if (bytes === undefined) return false;
    this.#ledger.giveUp(message, "too_large", new Error(`it has ${bytes} bytes`));
    return true;
  }

  #pending(): number {
    return this.#memory.queue.waiting + this.#sender.inFlight + (this.#spool?.spilled ?? 0) + this.#left;
  }

  #why(): string {
    const { lastError } = this.#ledger;
    return lastError === undefined ? "The receiver has not answered." : `The last failure: ${lastError}`;
  }
}
