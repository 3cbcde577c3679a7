import type {
  DeadLetterRecord,
  Outbox,
  OutboxOpenOptions,
  OutboxRecord,
  OutboxRefusal,
  OutboxState,
  OutboxStats,
} from "@alumiini/delivery";
import { Committer } from "./committer.js";
import { DeadLetters } from "./dead-letters.js";
import { Housekeeping } from "./housekeeping.js";
import type { FileSystem } from "./io/file-system.js";
import { type DirectoryLock, lockDirectory } from "./io/lock.js";
import { nodeFileSystem } from "./io/node-file-system.js";
import { Ledger } from "./log/ledger.js";
import { segmentName, segmentsAmong } from "./log/segment.js";
import { RecordCollector, RecordReader } from "./log/segment-reader.js";
import { SegmentWriter } from "./log/segment-writer.js";
import { WriteBuffer } from "./log/write-buffer.js";
import { type FileOutboxOptions, resolveOptions, type Settings } from "./options.js";
import { firstSequence, recover, scan } from "./recovery.js";

/** What an outbox needs of its surroundings. */
export interface Dependencies {
  readonly fileSystem: FileSystem;
  readonly lock: (directory: string, timeoutMs: number) => Promise<DirectoryLock>;
}

const DEPENDENCIES: Dependencies = { fileSystem: nodeFileSystem, lock: lockDirectory };

/** How often `close` reads back what it could not write, if reading fails too. */
const READ_BACK_ATTEMPTS = 3;

/**
 * A durable queue in the files of one directory, for one sink of one process: an append-only log with checksums.
 * Nothing is opened before the sink does so.
 *
 * @throws {OptionError} for options that no outbox could work with, and for unknown ones.
 *
 * @example
 * ```ts
 * import { fileOutbox } from "@alumiini/outbox";
 *
 * const outbox = fileOutbox({ directory: "/var/lib/controller/outbox", maxBytes: 512 * 1024 * 1024 });
 * ```
 */
export function fileOutbox(options: FileOutboxOptions): Outbox {
  return new FileOutbox(resolveOptions(options), DEPENDENCIES);
}

interface OpenState {
  readonly reader: RecordReader;
  readonly committer: Committer;
  readonly housekeeping: Housekeeping;
  /** Another one after the directory had to be created again. */
  lock: DirectoryLock;
}

/** What is in storage once the outbox is closed. */
type Remainder = Pick<OutboxStats, "pending" | "acknowledgedNotStored">;

/** The interface of an outbox over its parts. */
export class FileOutbox implements Outbox {
  readonly #settings: Settings;
  readonly #dependencies: Dependencies;
  readonly #deadLetters: DeadLetters;
  #ledger: Ledger | undefined;
  #opening: Promise<OpenState> | undefined;
  #open: OpenState | undefined;
  #closing: Promise<void> | undefined;
  #isClosed = false;
  #hasFailed = false;
  #remainder: Remainder | undefined;
  #lastError: Error | undefined;
  #onFailure: (error: Error) => void = () => {};

  constructor(settings: Settings, dependencies: Dependencies) {
    this.#settings = settings;
    this.#dependencies = dependencies;
    const { fileSystem } = dependencies;
    this.#deadLetters = new DeadLetters({ ...settings, fileSystem, report: (message) => this.#reportProblem(message) });
  }

  async open({ onFailure }: OutboxOpenOptions): Promise<void> {
    if (this.#isClosed) throw new Error("The outbox is closed");
    if (this.#opening !== undefined) throw new Error("The outbox is open already, or about to be");
    this.#onFailure = onFailure;
    this.#opening = this.#start();
    try {
      this.#open = await this.#opening;
    } catch (error) {
      // What was appended meanwhile has no place to go. The next call begins anew.
      this.#hasFailed = true;
      this.#opening = undefined;
      this.#ledger = undefined;
      this.#lastError = error instanceof Error ? error : new Error(String(error));
      throw error;
    }
    this.#hasFailed = false;
    if (this.#ledger?.memory.unwrittenBytes) this.#open.committer.appended();
  }

  async #start(): Promise<OpenState> {
    const { directory, lockTimeoutMs } = this.#settings;
    const { fileSystem } = this.#dependencies;
    await fileSystem.makeDirectory(directory);
    const lock = await this.#dependencies.lock(directory, lockTimeoutMs);
    try {
      const ledger = this.#begin();
      const { leftovers, problems } = await recover(fileSystem, directory, ledger);
      for (const { message, cause } of problems) this.#reportProblem(message, cause);
      await this.#deadLetters.recover();
      const writer = new SegmentWriter({ ...this.#settings, fileSystem, ledger, leftovers });
      const housekeeping = new Housekeeping({ ...this.#settings, fileSystem, ledger });
      const committer = new Committer({
        ...this.#settings,
        ledger,
        writer,
        housekeeping,
        deadLetters: this.#deadLetters,
        restore: () => this.#restore(state),
        report: (error) => this.#report(error),
      });
      const onGone = (records: number, as: "corrupt" | "lost") =>
        this.#reportProblem(
          as === "lost"
            ? `lost ${records} records: a file of it is missing`
            : `found ${records} damaged records and skipped them`,
        );
      const reader = new RecordReader({ fileSystem, directory, ledger, onGone });
      const state: OpenState = { lock, committer, housekeeping, reader };
      await committer.begin();
      return state;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** The names of the files tell which sequence is free, so that records can be taken before the files are read. */
  #begin(): Ledger {
    if (this.#ledger === undefined) {
      const { directory, blockBytes } = this.#settings;
      const first = firstSequence(this.#dependencies.fileSystem.listSync(directory));
      this.#ledger = new Ledger(new WriteBuffer(first, blockBytes));
    }
    return this.#ledger;
  }

  /** Creates and locks the directory again, if somebody deleted it, and counts what went with it. */
  async #restore(state: OpenState): Promise<void> {
    const { directory } = this.#settings;
    const { fileSystem, lock } = this.#dependencies;
    const ledger = this.#begin();
    if (!(await state.lock.isIntact())) {
      await fileSystem.makeDirectory(directory);
      const next = await lock(directory, 0);
      // Numbers don't tell whose files they are: any outbox may have begun with the same.
      if (segmentsAmong(fileSystem.listSync(directory)).length > 0) {
        await next.release();
        throw new Error("its directory was replaced, and may have files of another outbox now. Restart the program");
      }
      await state.lock.release();
      state.lock = next;
    }
    const names = new Set(fileSystem.listSync(directory));
    let lost = 0;
    for (const segment of [...ledger.segments]) {
      if (!names.has(segmentName(segment.first))) lost += ledger.loseSegment(segment);
    }
    if (lost > 0) this.#reportProblem(`lost ${lost} records: their files were deleted or moved away`);
    const deadLetters = this.#deadLetters.forgetMissing([...names]);
    if (deadLetters > 0)
      this.#reportProblem(`lost ${deadLetters} dead letters: their files were deleted or moved away`);
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

  async read(after: number, limits: Parameters<Outbox["read"]>[1]): Promise<readonly OutboxRecord[]> {
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

  keepDeadLetter(deadLetter: DeadLetterRecord): void {
    if (this.#closing !== undefined) return;
    this.#deadLetters.keep(deadLetter);
    this.#open?.committer.keptDeadLetter();
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
      try {
        await state.committer.finish();
      } finally {
        await state.committer.stop();
      }
      this.#remainder = { pending: this.#begin().pending, acknowledgedNotStored: 0 };
    } catch (error) {
      this.#remainder = await this.#readBack(state);
      throw error;
    } finally {
      await state.lock.release();
    }
  }

  /** What the next process will find, as it will find it: after failures, only the files themselves tell. */
  async #readBack({ housekeeping }: OpenState): Promise<Remainder> {
    const { directory, blockBytes } = this.#settings;
    const { fileSystem } = this.#dependencies;
    const ledger = this.#begin();
    let failure: unknown;
    for (let attempt = 0; attempt < READ_BACK_ATTEMPTS; attempt++) {
      try {
        const names = fileSystem.listSync(directory);
        const found = new Ledger(new WriteBuffer(firstSequence(names), blockBytes));
        let pending = 0;
        await scan(fileSystem, directory, names, found, {
          // What is written and not synced is made safe if that is possible now.
          beforeRead: (file) => file.sync().catch(() => {}),
          onPending: (sequence) => {
            if (ledger.isPending(sequence)) pending++;
          },
        });
        return { pending, acknowledgedNotStored: found.pending - pending };
      } catch (error) {
        failure = error;
      }
    }
    this.#reportProblem("can't read what it has stored: its counts at the end are what was known to be safe", failure);
    const pending = ledger.segments.reduce((sum, { live }) => sum + live, 0);
    return { pending, acknowledgedNotStored: housekeeping.notWrittenDown };
  }

  stats(): OutboxStats {
    const ledger = this.#ledger;
    const oldest = ledger?.oldestPending();
    const since = oldest === undefined ? undefined : ledger?.times.of(oldest);
    return {
      state: this.#state(),
      pending: this.#remainder?.pending ?? ledger?.pending ?? 0,
      notStored: this.#remainder === undefined ? (ledger?.notStored ?? 0) : 0,
      acknowledgedNotStored: this.#remainder?.acknowledgedNotStored ?? this.#open?.housekeeping.notWrittenDown ?? 0,
      bytes: ledger?.bytes ?? 0,
      corrupt: ledger?.corrupt ?? 0,
      lost: ledger?.lost ?? 0,
      degraded: this.#hasFailed || (this.#open?.committer.isDegraded ?? false),
      deadLetters: this.#deadLetters.count,
      oldestPendingMs: since === undefined ? undefined : Math.max(0, Date.now() - since),
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
    };
  }

  #state(): OutboxState {
    if (this.#isClosed) return "closed";
    if (this.#hasFailed) return "failed";
    if (this.#open === undefined) return "opening";
    return this.#open.committer.isDegraded ? "degraded" : "open";
  }

  #reportProblem(message: string, cause?: unknown): void {
    this.#report(new Error(`The outbox in ${this.#settings.directory} ${message}`, { cause }));
  }

  #report(error: Error): void {
    this.#lastError = error;
    try {
      this.#onFailure(error);
    } catch {
      // The callback that takes reports has failed: nobody is left to take this one.
    }
  }
}
