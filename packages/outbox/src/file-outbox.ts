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
import { type Segment, segmentName } from "./log/segment.js";
import { RecordCollector, RecordReader } from "./log/segment-reader.js";
import { SegmentWriter } from "./log/segment-writer.js";
import type { SequenceSet } from "./log/sequence-set.js";
import { WriteBuffer } from "./log/write-buffer.js";
import { type FileOutboxOptions, resolveOptions, type Settings } from "./options.js";
import { type Remainder, readBack } from "./read-back.js";
import { firstSequence, recover, SESSION_GAP } from "./recovery.js";

/** What an outbox needs of its surroundings. */
export interface Dependencies {
  readonly fileSystem: FileSystem;
  readonly lock: (directory: string, timeoutMs: number) => Promise<DirectoryLock>;
}

const DEPENDENCIES: Dependencies = { fileSystem: nodeFileSystem, lock: lockDirectory };

/** Directories that are remembered when they have gone: they may come back. */
const MAX_FORMER = 8;

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
  readonly ledger: Ledger;
  readonly reader: RecordReader;
  readonly committer: Committer;
  readonly housekeeping: Housekeeping;
  readonly lock: DirectoryLock;
}

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
  #onReplaced: (kept: readonly OutboxRecord[]) => void = () => {};
  /** Records are being taken over into the storage that replaces another: those are in memory already. */
  #isMoving = false;
  /** Directories that were used before and have gone. */
  readonly #former: { readonly lock: DirectoryLock; readonly done: SequenceSet }[] = [];

  constructor(settings: Settings, dependencies: Dependencies) {
    this.#settings = settings;
    this.#dependencies = dependencies;
    const { fileSystem } = dependencies;
    this.#deadLetters = new DeadLetters({ ...settings, fileSystem, report: (message) => this.#reportProblem(message) });
  }

  async open({ onFailure, onReplaced }: OutboxOpenOptions): Promise<void> {
    if (this.#isClosed) throw new Error("The outbox is closed");
    if (this.#opening !== undefined) throw new Error("The outbox is open already, or about to be");
    this.#onFailure = onFailure;
    this.#onReplaced =
      onReplaced ??
      ((kept) => {
        for (const { payload } of kept) this.append(payload);
      });
    // Records are taken before the files are read.
    this.#opening = this.#start(this.#settings.lockTimeoutMs, () => this.#begin());
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

  async #start(lockTimeoutMs: number, begin: () => Ledger): Promise<OpenState> {
    const { directory } = this.#settings;
    const { fileSystem } = this.#dependencies;
    await fileSystem.makeDirectory(directory);
    const lock = await this.#dependencies.lock(directory, lockTimeoutMs);
    try {
      const ledger = begin();
      const { leftovers, problems } = await recover(fileSystem, directory, ledger);
      for (const { message, cause } of problems) this.#reportProblem(message, cause);
      await this.#recoverDeadLetters();
      const requireInPlace = async () => {
        if (!(await lock.isIntact())) throw new Error("its directory was deleted or moved away");
      };
      const writer = new SegmentWriter({ ...this.#settings, fileSystem, ledger, leftovers, requireInPlace });
      const housekeeping = new Housekeeping({ ...this.#settings, fileSystem, ledger, requireInPlace });
      const committer = new Committer({
        ...this.#settings,
        ledger,
        writer,
        housekeeping,
        deadLetters: this.#deadLetters,
        isInPlace: async () => (await lock.isIntact()) && this.#missingFrom(ledger).length === 0,
        restore: () => this.#restore(state),
        report: (error) => this.#report(error),
      });
      const reader = new RecordReader({
        fileSystem,
        directory,
        ledger,
        onCorrupt: (records) => this.#reportProblem(`found ${records} damaged records and skipped them`),
        onMissing: () => committer.check(),
        isIntact: () => lock.isIntact(),
      });
      const state: OpenState = { ledger, lock, committer, housekeeping, reader };
      await committer.begin();
      return state;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** The names of the files show which sequence is free, so records can be taken before the files are read. */
  #begin(): Ledger {
    if (this.#ledger === undefined) {
      const { directory, blockBytes } = this.#settings;
      const first = firstSequence(this.#dependencies.fileSystem.listSync(directory));
      this.#ledger = new Ledger(new WriteBuffer(first, blockBytes));
    }
    return this.#ledger;
  }

  /**
   * After a failure: takes note of files that are gone, or opens the directory that is there now instead of the one that
   * was opened. Returns whether that one is still in use.
   */
  async #restore(state: OpenState): Promise<boolean> {
    if (!(await state.lock.isIntact())) {
      await this.#replace(state);
      return false;
    }
    let lost = 0;
    for (const segment of this.#missingFrom(state.ledger)) lost += state.ledger.loseSegment(segment);
    if (lost > 0) this.#reportProblem(`lost ${lost} records: their files were deleted or moved away`);
    this.#noteMissingDeadLetters();
    return true;
  }

  #missingFrom({ segments }: Ledger): Segment[] {
    const names = new Set(this.#dependencies.fileSystem.listSync(this.#settings.directory));
    return segments.filter(({ first }) => !names.has(segmentName(first)));
  }

  /** Opens what is there now, as at the start. What was in the old files is lost; what was in no file yet is appended anew. */
  async #replace(old: OpenState): Promise<void> {
    const { blockBytes, directory } = this.#settings;
    const { fileSystem } = this.#dependencies;
    const { memory } = old.ledger;
    // Before it is locked, which removes what others' locks have left.
    const done = await this.#doneHereBefore();
    const state = await this.#start(0, () => {
      // Those that are appended until then have numbers, too.
      const first = Math.max(firstSequence(fileSystem.listSync(directory)), memory.next + SESSION_GAP);
      return new Ledger(new WriteBuffer(first, blockBytes));
    });
    if (done !== undefined) state.ledger.markAllDone(done);
    const lost = old.ledger.segments.reduce((sum, { live }) => sum + live, 0);
    state.ledger.corrupt += old.ledger.corrupt;
    state.ledger.lost += old.ledger.lost + lost;
    const kept: OutboxRecord[] = [];
    memory.read(memory.first, (sequence, payload) => {
      if (!old.ledger.done.has(sequence)) kept.push({ sequence, payload });
      return true;
    });
    const found = state.ledger.pending;
    this.#ledger = state.ledger;
    this.#open = state;
    this.#isMoving = true;
    try {
      this.#onReplaced(kept);
    } catch (error) {
      this.#reportProblem("could not take over what was in memory", error);
    }
    this.#isMoving = false;
    if (state.ledger.memory.unwrittenBytes > 0) state.committer.appended();
    const what = `was deleted, moved away or detached with ${lost} records`;
    this.#reportProblem(`${what}; it goes on in the directory that is there now, which has ${found} records`);
    this.#former.push({ lock: old.lock, done: old.ledger.done });
    if (this.#former.length > MAX_FORMER) this.#former.shift();
    await old.lock.release().catch(() => {});
  }

  /**
   * What was done in the directory that is there now, if it was used before by this outbox and by nobody since: whoever locks
   * a directory removes the locks of the dead.
   */
  async #doneHereBefore(): Promise<SequenceSet | undefined> {
    for (const { lock, done } of this.#former) if (await lock.isIntact()) return done;
    return undefined;
  }

  async #recoverDeadLetters(): Promise<void> {
    await this.#deadLetters.close().catch(() => {});
    this.#noteMissingDeadLetters();
    await this.#deadLetters.recover();
  }

  #noteMissingDeadLetters(): void {
    const lost = this.#deadLetters.forgetMissing(this.#dependencies.fileSystem.listSync(this.#settings.directory));
    if (lost > 0) this.#reportProblem(`lost ${lost} dead letters: their files were deleted or moved away`);
  }

  append(payload: Uint8Array): number | OutboxRefusal {
    if ((this.#isClosed && !this.#isMoving) || this.#hasFailed) return "closed";
    const { maxPayloadBytes, maxMemoryBytes, maxBytes } = this.#settings;
    if (payload.length > maxPayloadBytes) return "too_large";
    const ledger = this.#ledger ?? this.#beginEarly();
    if (ledger === undefined) return "closed";
    const { memory } = ledger;
    if (ledger.bytesWith(payload.length) > maxBytes) return "full";
    if (memory.allocatedWith(payload.length) > maxMemoryBytes && !this.#isMoving) return "full";
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
    return this.#open ?? state;
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
        state = await this.#finish(state);
      } finally {
        state = this.#open ?? state;
        await state.committer.stop();
      }
      this.#remainder = { pending: state.ledger.pending, acknowledgedNotStored: 0 };
    } catch (error) {
      const report = (message: string, cause: unknown) => this.#reportProblem(message, cause);
      this.#remainder = await readBack({
        ...this.#settings,
        ...state,
        fileSystem: this.#dependencies.fileSystem,
        report,
      });
      throw error;
    } finally {
      await state.lock.release();
    }
  }

  /** Writes all that can be written, into whatever directory is there. Returns what it wrote with last. */
  async #finish(state: OpenState): Promise<OpenState> {
    const current = this.#open ?? state;
    try {
      await current.committer.finish();
      return current;
    } catch (error) {
      if (this.#open === current) throw error;
      return this.#finish(state);
    }
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
      // The callback for reports has failed, so this one goes nowhere.
    }
  }
}
