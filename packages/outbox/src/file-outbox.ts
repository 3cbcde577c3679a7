import type { Outbox, OutboxRecord, OutboxRefusal, OutboxState, OutboxStats } from "@alumiini/delivery";
import { Committer } from "./committer.js";
import { Housekeeping } from "./housekeeping.js";
import type { FileSystem } from "./io/file-system.js";
import { type DirectoryLock, lockDirectory } from "./io/lock.js";
import { nodeFileSystem } from "./io/node-file-system.js";
import { Ledger } from "./log/ledger.js";
import { RecordCollector, RecordReader } from "./log/segment-reader.js";
import { SegmentWriter } from "./log/segment-writer.js";
import { MemoryLog } from "./log/write-buffer.js";
import { type FileOutboxOptions, resolveOptions, type Settings } from "./options.js";
import { firstSequence, type Problem, recover } from "./recovery.js";

/** What an outbox stands on. */
export interface Ground {
  readonly fileSystem: FileSystem;
  readonly lock: (directory: string, timeoutMs: number) => Promise<DirectoryLock>;
}

const GROUND: Ground = { fileSystem: nodeFileSystem, lock: lockDirectory };

/**
 * A durable queue in the files of one directory, for one sink of one process: an append-only log with checksums.
 * Nothing is opened before the sink does so.
 *
 * @throws TypeError, RangeError for options that can't be used
 *
 * @example
 * ```ts
 * import { fileOutbox } from "@alumiini/outbox";
 *
 * const outbox = fileOutbox({ directory: "/var/lib/controller/outbox", maxBytes: 512 * 1024 * 1024 });
 * ```
 */
export function fileOutbox(options: FileOutboxOptions): Outbox {
  return new FileOutbox(resolveOptions(options), GROUND);
}

interface OpenState {
  readonly reader: RecordReader;
  readonly committer: Committer;
  readonly lock: DirectoryLock;
}

/** The interface of an outbox over its parts. */
export class FileOutbox implements Outbox {
  readonly #settings: Settings;
  readonly #ground: Ground;
  #ledger: Ledger | undefined;
  #opening: Promise<OpenState> | undefined;
  #open: OpenState | undefined;
  #closing: Promise<void> | undefined;
  #isClosed = false;
  #hasFailed = false;
  #lastError: Error | undefined;
  #onFailure: (error: Error) => void = () => {};

  constructor(settings: Settings, ground: Ground) {
    this.#settings = settings;
    this.#ground = ground;
  }

  async open(options: { readonly onFailure: (error: Error) => void }): Promise<void> {
    if (this.#opening !== undefined || this.#isClosed)
      throw new Error("An outbox is opened once, and not after it was closed");
    this.#onFailure = options.onFailure;
    this.#opening = this.#start();
    try {
      this.#open = await this.#opening;
    } catch (error) {
      // What was appended meanwhile has no place to go. The next call begins anew.
      this.#hasFailed = true;
      this.#opening = undefined;
      this.#ledger = undefined;
      throw error;
    }
    this.#hasFailed = false;
    if (this.#ledger?.memory.unwrittenBytes) this.#open.committer.appended();
  }

  async #start(): Promise<OpenState> {
    const { directory, lockTimeoutMs } = this.#settings;
    const { fileSystem } = this.#ground;
    await fileSystem.makeDirectory(directory);
    const lock = await this.#ground.lock(directory, lockTimeoutMs);
    try {
      const ledger = this.#begin();
      const { leftovers, problems } = await recover(fileSystem, directory, ledger);
      for (const problem of problems) this.#reportProblem(problem);
      const writer = new SegmentWriter({ ...this.#settings, fileSystem, ledger, leftovers });
      const report = (error: Error) => this.#report(error);
      const housekeeping = new Housekeeping({ ...this.#settings, fileSystem, ledger });
      const committer = new Committer({ ...this.#settings, ledger, writer, housekeeping, report });
      await committer.begin();
      const onDamage = (records: number) =>
        this.#reportProblem({ message: `found ${records} damaged records and skipped them` });
      return { lock, committer, reader: new RecordReader({ fileSystem, directory, ledger, onDamage }) };
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** The names of the files tell which sequence is free, so that records can be taken before the files are read. */
  #begin(): Ledger {
    if (this.#ledger === undefined) {
      const { directory, blockBytes } = this.#settings;
      const first = firstSequence(this.#ground.fileSystem.listSync(directory));
      this.#ledger = new Ledger(new MemoryLog(first, blockBytes));
    }
    return this.#ledger;
  }

  append(payload: Uint8Array): number | OutboxRefusal {
    if (this.#isClosed || this.#hasFailed) return "closed";
    const { maxPayloadBytes, maxMemoryBytes, maxBytes } = this.#settings;
    if (payload.length > maxPayloadBytes) return "too_large";
    const ledger = this.#ledger ?? this.#beginEarly();
    if (ledger === undefined) return "closed";
    const { memory } = ledger;
    if (ledger.bytesWith(payload.length) > maxBytes) return "full";
    if (memory.allocatedWith(payload.length) > maxMemoryBytes) return "full";
    const sequence = ledger.append(payload);
    this.#open?.committer.appended();
    return sequence;
  }

  #beginEarly(): Ledger | undefined {
    try {
      return this.#begin();
    } catch {
      // `open` meets the same failure and throws it.
      return undefined;
    }
  }

  async read(
    after: number,
    limits: { readonly maxRecords: number; readonly maxBytes: number },
  ): Promise<readonly OutboxRecord[]> {
    const { reader } = await this.#opened();
    const collector = new RecordCollector(limits);
    await reader.read(after, collector);
    return collector.records;
  }

  acknowledge(sequences: readonly number[]): void {
    const ledger = this.#ledger;
    if (ledger === undefined || this.#closing !== undefined) return;
    let changed = false;
    for (const sequence of sequences) changed = ledger.markDone(sequence) || changed;
    if (changed) this.#open?.committer.acknowledged();
  }

  async flush(): Promise<void> {
    const { committer } = await this.#opened();
    await committer.flush();
  }

  async #opened(): Promise<OpenState> {
    if (this.#opening === undefined) throw new Error("The outbox is not open");
    const state = await this.#opening;
    if (this.#closing !== undefined) throw new Error("The outbox is closed");
    return state;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#opening === undefined) return;
    let state: OpenState;
    try {
      state = await this.#opening;
    } catch {
      // `open` has thrown it, and nothing is held.
      return;
    }
    try {
      await state.committer.flush();
    } finally {
      await state.committer.stop().finally(() => state.lock.release());
    }
  }

  stats(): OutboxStats {
    const ledger = this.#ledger;
    return {
      pending: ledger?.pending ?? 0,
      bytes: ledger?.bytes ?? 0,
      corrupt: ledger?.corrupt ?? 0,
      state: this.#state(),
      notStored: 0,
      acknowledgedNotStored: 0,
      lost: 0,
      degraded: this.#hasFailed || (this.#open?.committer.isDegraded ?? false),
      deadLetters: 0,
      oldestPendingMs: undefined,
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
    };
  }

  #state(): OutboxState {
    if (this.#isClosed) return "closed";
    if (this.#hasFailed) return "failed";
    if (this.#open === undefined) return "opening";
    return this.#open.committer.isDegraded ? "degraded" : "open";
  }

  #reportProblem({ message, cause }: Problem): void {
    this.#report(new Error(`The outbox in ${this.#settings.directory} ${message}`, { cause }));
  }

  #report(error: Error): void {
    this.#lastError = error;
    try {
      this.#onFailure(error);
    } catch {
      // Whoever takes the reports failed at it: there is nobody left to tell.
    }
  }
}
