import type { Outbox, OutboxRecord } from "@alumiini/delivery";
import { expect } from "vitest";
import { FileOutbox } from "../../src/file-outbox.js";
import { type FileOutboxOptions, resolveOptions } from "../../src/options.js";
import { SimulatedDisk } from "./simulated-disk.js";

/** Small, so that few records fill files. */
export const SMALL: FileOutboxOptions = { directory: "/outbox", maxBytes: 65_536, segmentBytes: 4096, fsync: "never" };

const ALL = { maxRecords: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER };

/** An outbox on a simulated disk, of a process that has just started. */
export function outboxOn(disk: SimulatedDisk, options: Partial<FileOutboxOptions> = {}): Outbox {
  return new FileOutbox(resolveOptions({ ...SMALL, ...options }), {
    fileSystem: disk.fileSystem(),
    lock: async () => {
      if (disk.isHeld) throw new Error("in use by another process");
      const owner = {};
      disk.lockOwner = owner;
      const isIntact = async () => disk.lockOwner === owner;
      return {
        isIntact,
        release: async () => {
          if (await isIntact()) disk.lockOwner = undefined;
        },
      };
    },
  });
}

/** An outbox on a simulated disk, together with what must be true of it. */
export class Trial {
  readonly disk: SimulatedDisk;
  outbox: Outbox;
  readonly failures: Error[] = [];

  readonly #options: FileOutboxOptions;
  /** What must be readable now: no more, no less. */
  readonly alive = new Map<number, string>();
  /** What must survive anything. */
  readonly safe = new Set<number>();
  /** What may survive, besides: appended since the last flush. */
  #unsafe = new Set<number>();
  /** What may come back: acknowledged since the last flush. */
  #maybeBack = new Map<number, string>();
  readonly #everything = new Map<number, string>();
  #lastSequence = 0;
  #isOpen = false;
  #corrupt = 0;
  #count = 0;

  constructor(seed: number, options: Partial<FileOutboxOptions> = {}) {
    this.disk = new SimulatedDisk(seed);
    this.#options = { ...SMALL, ...options };
    this.outbox = this.#create();
  }

  #create(): Outbox {
    return outboxOn(this.disk, this.#options);
  }

  /** An outbox of another process on the same disk. */
  another(): Outbox {
    return this.#create();
  }

  async open(): Promise<void> {
    this.#isOpen = false;
    this.failures.length = 0;
    await this.outbox.open({ onFailure: (error) => this.failures.push(error) });
    this.#isOpen = true;
  }

  /** Appends a record of about this size; returns whether it was taken. */
  append(bytes: number): boolean {
    const text = `${this.#count++}:`.padEnd(bytes, "x");
    const answer = this.outbox.append(Buffer.from(text));
    if (typeof answer !== "number") {
      expect(answer).toBe("full");
      return false;
    }
    expect(answer).toBeGreaterThan(this.#lastSequence);
    // Before that, and while the disk fails, a number that left no trace may be given to another record later.
    if (this.#isOpen && this.failures.length === 0) this.#lastSequence = answer;
    this.alive.set(answer, text);
    this.#everything.set(answer, text);
    this.#unsafe.add(answer);
    return true;
  }

  acknowledge(sequences: readonly number[]): void {
    this.outbox.acknowledge(sequences);
    for (const sequence of sequences) {
      const text = this.alive.get(sequence);
      if (text === undefined) continue;
      this.#maybeBack.set(sequence, text);
      this.alive.delete(sequence);
      this.safe.delete(sequence);
    }
  }

  /** Flushes; returns whether it resolved, which makes promises. */
  async flush(): Promise<boolean> {
    const before = [...this.alive.keys()];
    const acknowledged = [...this.#maybeBack.keys()];
    try {
      await this.outbox.flush();
    } catch {
      return false;
    }
    this.#noteSafe(before, acknowledged);
    return true;
  }

  #noteSafe(appended: readonly number[], acknowledged: readonly number[]): void {
    for (const sequence of appended) {
      this.#unsafe.delete(sequence);
      if (this.alive.has(sequence)) this.safe.add(sequence);
    }
    for (const sequence of acknowledged) this.#maybeBack.delete(sequence);
  }

  /** Ends the outbox in order and opens the next one. */
  async restart(): Promise<void> {
    await this.outbox.close();
    this.#noteSafe([...this.alive.keys()], [...this.#maybeBack.keys()]);
    this.disk.endProcess();
    await this.#reopen();
  }

  async killAndReopen(): Promise<void> {
    const isDiskSound = this.failures.length === 0;
    this.disk.endProcess();
    await this.#reopen();
    if (isDiskSound) expect(this.outbox.stats().corrupt).toBe(0);
  }

  /** After somebody has damaged files. */
  async killAndReopenDamaged(): Promise<void> {
    this.disk.endProcess();
    await this.#reopen();
  }

  /** After somebody has damaged files, what was acknowledged may be back. */
  async reopenWhateverIsThere(): Promise<void> {
    this.disk.endProcess();
    this.#maybeBack = new Map([...this.#everything, ...this.#maybeBack]);
    await this.#reopen();
  }

  async losePowerAndReopen(): Promise<void> {
    this.disk.losePower();
    await this.#reopen();
  }

  async #reopen(): Promise<void> {
    for (const sequence of this.safe) this.#lastSequence = Math.max(this.#lastSequence, sequence);
    this.outbox = this.#create();
    await this.open();
    const found = await this.readAll();
    const known = new Map([...this.alive, ...this.#maybeBack]);
    for (const { sequence, payload } of found) expect(text(payload), `record ${sequence}`).toBe(known.get(sequence));
    const sequences = new Set(found.map(({ sequence }) => sequence));
    for (const sequence of this.safe) expect(sequences.has(sequence), `record ${sequence} is there`).toBe(true);
    // From here on, what was found is what there is.
    this.alive.clear();
    this.safe.clear();
    this.#maybeBack.clear();
    this.#unsafe = sequences;
    for (const { sequence, payload } of found) this.alive.set(sequence, text(payload));
    const { pending, corrupt } = this.outbox.stats();
    expect(pending).toBe(found.length);
    // What was not flushed may have left parts behind.
    this.#corrupt = corrupt;
  }

  /** Everything, in pages. */
  async readAll(limits = ALL): Promise<OutboxRecord[]> {
    const records: OutboxRecord[] = [];
    for (;;) {
      const page = await this.outbox.read(records.at(-1)?.sequence ?? 0, limits);
      if (page.length === 0) return records;
      expect(page.length).toBeLessThanOrEqual(limits.maxRecords);
      records.push(...page);
    }
  }

  /** Holds the outbox against what must be true. */
  async check(limits = ALL): Promise<void> {
    const records = await this.readAll(limits);
    expect(records.map(({ sequence, payload }) => [sequence, text(payload)])).toEqual([...this.alive]);
    expect(this.outbox.stats()).toMatchObject({ pending: this.alive.size, corrupt: this.#corrupt });
  }
}

function text(payload: Uint8Array): string {
  return Buffer.from(payload).toString();
}
