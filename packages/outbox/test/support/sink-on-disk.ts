import {
  createDelivery,
  type Delivery,
  type DeliveryOptions,
  type DeliveryTime,
  decodeMessage,
  encodeMessage,
  type Message,
} from "@alumiini/delivery";
import { seeded } from "@alumiini-internal/test-support/seeded";
import { expect } from "vitest";
import { Ledger } from "../../src/log/ledger.js";
import { WriteBuffer } from "../../src/log/write-buffer.js";
import type { FileOutboxOptions } from "../../src/options.js";
import { scan } from "../../src/recovery.js";
import { SimulatedDisk, type Volume } from "./simulated-disk.js";
import { outboxOn, SMALL } from "./trial.js";

/** A sink with a file outbox on a simulated disk, its receiver, and what must be true of both. For fake timers. */
export class SinkOnDisk {
  readonly disk: SimulatedDisk;
  readonly #time: DeliveryTime;
  readonly #options: Partial<DeliveryOptions>;
  readonly #outboxOptions: Partial<FileOutboxOptions>;
  delivery: Delivery;
  isUp = false;
  /** Messages that the receiver fails on. */
  readonly bad = new Set<string>();
  /** What the receiver has taken, in order. */
  readonly confirmed: Message[] = [];
  /** What was given up. */
  readonly dead: string[] = [];
  readonly accepted: string[] = [];
  readonly failures: string[] = [];
  /** Directories of others that came. */
  others = 0;
  #count = 0;

  constructor(seed: number, options: Partial<DeliveryOptions> = {}, outboxOptions: Partial<FileOutboxOptions> = {}) {
    this.disk = new SimulatedDisk(seed);
    this.#time = {
      now: () => performance.now(),
      random: seeded(seed),
      setTimer(callback, milliseconds) {
        const timer = setTimeout(callback, milliseconds);
        return () => clearTimeout(timer);
      },
    };
    this.#options = options;
    this.#outboxOptions = outboxOptions;
    this.delivery = this.#create();
  }

  #create(): Delivery {
    return createDelivery({
      name: "test",
      maxQueueMessages: 8,
      lingerMs: 0,
      retry: { initialDelayMs: 10, maxDelayMs: 50, maxAttempts: 3 },
      ...this.#options,
      time: this.#time,
      outbox: outboxOn(this.disk, this.#outboxOptions),
      onFailure: (failure) => this.failures.push(`${failure.message} ${failure.error}`),
      onDeadLetter: ({ id }) => this.dead.push(id),
      transport: {
        send: async (batch) =>
          batch.map((message) => {
            if (!this.isUp) return { status: "retry", error: new Error("down") };
            if (this.bad.has(message.id)) return { status: "retry", error: new Error("bad") };
            this.confirmed.push(message);
            return { status: "delivered" };
          }),
      },
    });
  }

  /** Accepts messages of these keys. */
  accept(...keys: readonly string[]): void {
    for (const key of keys) {
      const one = messageOf(`${this.#count++}`, key);
      this.accepted.push(one.id);
      this.delivery.accept(one);
      this.check();
    }
  }

  /** At every instant nothing is lost without a trace. */
  check(): void {
    const stats = this.delivery.stats();
    const dropped = Object.values(stats.dropped).reduce((sum, count) => sum + count, 0);
    expect(stats.delivered + dropped + stats.pending, JSON.stringify(stats)).toBe(stats.accepted);
    for (const [name, value] of Object.entries(stats)) {
      if (typeof value === "number") expect(value, name).not.toBeLessThan(0);
    }
  }

  /** The process ends in order, and another one starts: it finds what the first one said. */
  async restart(closing?: AbortSignal): Promise<void> {
    await this.delivery.close(closing).catch(() => {});
    // What is in a directory that was never opened nobody can say.
    const isKnown = await this.delivery.recovered().then(
      () => true,
      () => false,
    );
    this.check();
    const { pending, outbox } = this.delivery.stats();
    this.disk.endProcess();
    this.delivery = this.#create();
    const recovered = await this.delivery.recovered();
    const isRead = !`${outbox?.lastError}`.includes("can't read what it has stored");
    if (isKnown && isRead) expect(recovered).toBe(pending + (outbox?.acknowledgedNotStored ?? 0));
  }

  /** The ids of the messages that a process would find now. */
  async idsOnDisk(): Promise<string[]> {
    const fileSystem = this.disk.fileSystem();
    const names = fileSystem.listSync("");
    const ids: string[] = [];
    await scan(fileSystem, SMALL.directory, names, new Ledger(new WriteBuffer(2 ** 50, 1024)), {
      onPending: (_, payload) => ids.push(decodeMessage(payload)?.id ?? ""),
    });
    return ids;
  }
}

function messageOf(id: string, key: string): Message {
  return { id, key, destination: "", headers: {}, body: Buffer.from("x".repeat(100)) };
}

/** The directory of another outbox, in which another process has left messages; its numbers are as high as `lives` is. */
export async function directoryOfAnother(ids: readonly string[], lives = 1): Promise<Volume> {
  const disk = new SimulatedDisk(1);
  for (let life = 1; life <= lives; life++) {
    const outbox = outboxOn(disk);
    await outbox.open({ onFailure: () => {} });
    if (life === lives) for (const id of ids) outbox.append(encodeMessage(messageOf(id, "of another")));
    await outbox.close();
  }
  return disk.detach();
}
