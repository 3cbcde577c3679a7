import { beforeExit } from "./before-exit.js";
import type { DeadLetters } from "./dead-letters.js";
import type { Housekeeping } from "./housekeeping.js";
import type { Ledger } from "./log/ledger.js";
import type { SegmentWriter } from "./log/segment-writer.js";
import type { FsyncMode } from "./options.js";

/** How long a record waits for others to be written with it. */
const COMMIT_DELAY_MS = 5;
/** So many bytes are written at once, without waiting for more. */
const COMMIT_BYTES = 262_144;
/** How long acknowledgements wait for others to be written down with them. */
const CHECKPOINT_DELAY_MS = 1000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 10_000;

/** The error that the user is told. */
function describe(directory: string, what: string, cause: unknown): Error {
  return new Error(`The outbox in ${directory} ${what}: ${cause instanceof Error ? cause.message : cause}`, { cause });
}

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

/**
 * Decides when to write, sync, write down acknowledgements and remove files. One cycle does all that is due; what
 * arrives meanwhile is the next cycle's, so that a slow disk makes larger groups.
 */
export class Committer {
  readonly #directory: string;
  readonly #ledger: Ledger;
  readonly #writer: SegmentWriter;
  readonly #housekeeping: Housekeeping;
  readonly #deadLetters: DeadLetters;
  readonly #isInPlace: () => Promise<boolean>;
  readonly #restore: () => Promise<boolean>;
  readonly #fsync: FsyncMode;
  readonly #fsyncIntervalMs: number;
  readonly #maxUnsyncedBytes: number;
  readonly #report: (error: Error) => void;

  #cycle: Promise<void> | undefined;
  #waiters: Waiter[] = [];
  #syncDue = false;
  #checkpointDue = false;
  /** Whether something was missing, so that it must be looked whether the files are still there. */
  #isCheckDue = false;
  #retryMs = FIRST_RETRY_MS;
  #isStopped = false;
  /** Whether anything was acknowledged since an ending process had acknowledgements written down. */
  #hasNewlyDone = false;
  #stopWatching = () => {};
  /** Whether the last failure to tidy has been reported. */
  #isUntidy = false;
  /** Set while records can't be written. */
  #failure: Error | undefined;

  #commitTimer: NodeJS.Timeout | undefined;
  #syncTimer: NodeJS.Timeout | undefined;
  #checkpointTimer: NodeJS.Timeout | undefined;
  #retryTimer: NodeJS.Timeout | undefined;

  constructor(options: {
    readonly directory: string;
    readonly ledger: Ledger;
    readonly writer: SegmentWriter;
    readonly housekeeping: Housekeeping;
    readonly deadLetters: DeadLetters;
    /** Whether all files are still where they were. */
    readonly isInPlace: () => Promise<boolean>;
    /** Is called before anything is done after a failure. Returns whether this goes on: not where another takes over. */
    readonly restore: () => Promise<boolean>;
    readonly fsync: FsyncMode;
    readonly fsyncIntervalMs: number;
    readonly maxUnsyncedBytes: number;
    readonly report: (error: Error) => void;
  }) {
    this.#directory = options.directory;
    this.#ledger = options.ledger;
    this.#writer = options.writer;
    this.#housekeeping = options.housekeeping;
    this.#deadLetters = options.deadLetters;
    this.#isInPlace = options.isInPlace;
    this.#restore = options.restore;
    this.#fsync = options.fsync;
    this.#fsyncIntervalMs = options.fsyncIntervalMs;
    this.#maxUnsyncedBytes = options.maxUnsyncedBytes;
    this.#report = options.report;
  }

  /** Makes ready to write. A disk that can't take anything now is no failure to open: it may be able to later. */
  async begin(): Promise<void> {
    this.#stopWatching = beforeExit(() => this.#writeDownDone());
    try {
      await this.#writer.begin();
    } catch (error) {
      await this.#degrade(error);
    }
    // Or processes that end before they have done anything would leave a file each.
    this.#ledger.hasFinished = this.#ledger.finishedSegments().length > 0;
    if (this.#ledger.hasFinished || this.#deadLetters.hasUnwritten) this.#startSoon();
    // Or what is lost would be counted at each start.
    if (this.#ledger.lost > 0) this.#checkpointLater();
  }

  get isDegraded(): boolean {
    return this.#failure !== undefined;
  }

  /** To be called after records have been appended. */
  appended(): void {
    if (this.#failure !== undefined) return;
    if (this.#ledger.memory.unwrittenBytes >= COMMIT_BYTES) this.#start();
    else this.#startSoon();
  }

  /** To be called after records have become done. */
  acknowledged(): void {
    if (this.#failure !== undefined && this.#cycle === undefined) this.#ledger.dropDoneFromMemory();
    if (this.#ledger.hasFinished) this.#startSoon();
    this.#hasNewlyDone = true;
    this.#checkpointLater();
  }

  /**
   * Nothing else keeps the process alive: acknowledgements wait no longer, or a program that ends without closing would have
   * the next one deliver all of it again. Tried once for them, as the disk may fail.
   */
  #writeDownDone(): void {
    if (!this.#hasNewlyDone) return;
    this.#hasNewlyDone = false;
    this.#checkpointDue = true;
    this.#start();
  }

  /** To be called after a dead letter has been kept. */
  keptDeadLetter(): void {
    this.#startSoon();
  }

  /** Everything asked for until it begins shares one cycle. */
  flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#isStopped) return reject(this.#failure ?? new Error("The outbox is closed"));
      this.#waiters.push({ resolve, reject });
      this.#start();
    });
  }

  /** To be called when a file is missing. Resolves when that is dealt with, as far as that is possible now. */
  async check(): Promise<void> {
    this.#isCheckDue = true;
    await this.flush().catch(() => {});
  }

  /** Writes all that can be written and says that nothing follows. Rejects if something is left. */
  async finish(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const before = this.#ledger.memory.unsyncedBytes;
      try {
        await this.flush();
        break;
      } catch (error) {
        // A disk that is nearly full takes a part each time. What a failure has to do with the directory shows at the next.
        if (attempt > 1 && this.#ledger.memory.unsyncedBytes >= before) throw error;
      }
    }
    await this.#cycle;
    await this.#housekeeping.conclude();
  }

  /** Ends what is under way; nothing is written afterwards. */
  async stop(): Promise<void> {
    this.#stopWorking();
    await this.#cycle;
    await this.#deadLetters.close().catch(() => {});
    await this.#writer.close();
  }

  #stopWorking(): void {
    this.#isStopped = true;
    this.#stopWatching();
    for (const timer of [this.#commitTimer, this.#syncTimer, this.#checkpointTimer, this.#retryTimer]) {
      clearTimeout(timer);
    }
  }

  #startSoon(): void {
    // It keeps the process alive, for these few milliseconds: what was appended last is written too.
    this.#commitTimer ??= setTimeout(() => {
      this.#commitTimer = undefined;
      this.#start();
    }, COMMIT_DELAY_MS);
  }

  #start(): void {
    if (this.#isStopped) return;
    this.#cycle ??= this.#runCycle().finally(() => {
      this.#cycle = undefined;
      if (this.#hasWork()) this.#start();
    });
  }

  #hasWork(): boolean {
    if (this.#waiters.length > 0) return true;
    if (this.#failure !== undefined) return false;
    return this.#checkpointDue || this.#syncDue || this.#ledger.memory.unwrittenBytes >= COMMIT_BYTES;
  }

  async #runCycle(): Promise<void> {
    clearTimeout(this.#commitTimer);
    this.#commitTimer = undefined;
    const waiters = this.#waiters;
    this.#waiters = [];
    const failure = (await this.#regain()) ?? (await this.#work(waiters.length > 0));
    // Those that came meanwhile can't wait for the next cycle if there is none.
    if (this.#isStopped) waiters.push(...this.#waiters.splice(0));
    for (const waiter of waiters) {
      if (failure === undefined) waiter.resolve();
      else waiter.reject(failure);
    }
    if (this.#failure !== undefined) return;
    // A timer that went off during the cycle has had no effect.
    if (this.#ledger.memory.unwrittenBytes > 0 || this.#ledger.hasFinished) this.#startSoon();
  }

  /** After a failure nothing is done before it is known whose directory that is. Returns what is still wrong. */
  async #regain(): Promise<Error | undefined> {
    if (this.#isCheckDue && this.#failure === undefined && !(await this.#isInPlace())) {
      await this.#degrade(new Error("its files were deleted or moved away"));
    }
    this.#isCheckDue = false;
    if (this.#failure === undefined) return undefined;
    try {
      if (await this.#restore()) return undefined;
    } catch (error) {
      return this.#degrade(error);
    }
    this.#stopWorking();
    return this.#failure;
  }

  /** Does all that is due. Returns what failed. */
  async #work(isFlush: boolean): Promise<Error | undefined> {
    // Before its record is known to be done: a crash must not take both.
    let notKept = await this.#keepDeadLetters();
    // Before anything is written: a full disk may need the room.
    const notRemoved = await this.#tidy(() => this.#housekeeping.removeFinished(this.#failure !== undefined));
    const notWritten = await this.#commit(isFlush);
    const isCompactionDue = this.#checkpointDue && notWritten === undefined;
    if (notKept !== undefined) notKept = await this.#keepDeadLetters();
    // A complete segment is listed soon, so that its loss would be noticed.
    const isListDue = this.#ledger.isListStale && notWritten === undefined;
    const isCheckpointDue = isFlush || this.#checkpointDue || isListDue;
    this.#checkpointDue = false;
    const notTidied = await this.#tidy(async () => {
      await this.#housekeeping.tidy(isCheckpointDue);
      // One at a time: what is emitted meanwhile waits for it.
      if (isCompactionDue && (await this.#housekeeping.compact())) this.#checkpointLater();
    });
    if (isCheckpointDue && notTidied === undefined) this.#isUntidy = false;
    return notWritten ?? notTidied ?? notRemoved ?? notKept;
  }

  /** Writes the records, and syncs them where it is time to. Returns what failed. */
  async #commit(isFlush: boolean): Promise<Error | undefined> {
    const { memory } = this.#ledger;
    if (this.#failure !== undefined) this.#ledger.dropDoneFromMemory();
    const before = memory.unsyncedBytes;
    try {
      await this.#writer.write();
      const isFull = memory.unsyncedBytes - memory.unwrittenBytes >= this.#maxUnsyncedBytes;
      if (isFlush || this.#fsync === "always" || this.#syncDue || isFull) {
        this.#syncDue = false;
        await this.#writer.sync();
      } else if (this.#fsync === "interval" && memory.unsyncedBytes > memory.unwrittenBytes) this.#syncLater();
      this.#failure = undefined;
      this.#retryMs = FIRST_RETRY_MS;
      clearTimeout(this.#retryTimer);
      return undefined;
    } catch (error) {
      // As long as a part gets through each time, there is nothing to wait for.
      if (memory.unsyncedBytes < before) this.#retryMs = FIRST_RETRY_MS;
      return this.#degrade(error);
    }
  }

  async #degrade(cause: unknown, what = "can't write records and holds them in memory"): Promise<Error> {
    await this.#writer.abandon();
    const failure = describe(this.#directory, what, cause);
    if (this.#failure === undefined) this.#report(failure);
    this.#failure = failure;
    this.#retryLater();
    return failure;
  }

  #syncLater(): void {
    this.#syncTimer ??= setTimeout(() => {
      this.#syncTimer = undefined;
      this.#syncDue = true;
      this.#start();
    }, this.#fsyncIntervalMs).unref();
  }

  #checkpointLater(): void {
    this.#checkpointTimer ??= setTimeout(() => {
      this.#checkpointTimer = undefined;
      this.#checkpointDue = true;
      this.#start();
    }, CHECKPOINT_DELAY_MS).unref();
  }

  async #keepDeadLetters(): Promise<Error | undefined> {
    if (!this.#deadLetters.hasUnwritten) return undefined;
    const write = async () => {
      // Files of the same names may be another outbox's.
      if (!(await this.#isInPlace())) throw new Error("its files were deleted or moved away");
      await this.#deadLetters.write();
    };
    return this.#tidy(write, "can't store dead letters and holds them in memory");
  }

  #retryLater(): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#start(), this.#retryMs).unref();
    this.#retryMs = Math.min(2 * this.#retryMs, LAST_RETRY_MS);
  }

  /** Does what loses nothing when it fails: records are delivered again, or files stay for longer. */
  async #tidy(
    action: () => Promise<void>,
    what = "can't tidy up after records that are done",
  ): Promise<Error | undefined> {
    try {
      await action();
      return undefined;
    } catch (error) {
      if (!(await this.#isInPlace())) return this.#degrade(error, what);
      const failure = describe(this.#directory, what, error);
      if (!this.#isUntidy) this.#report(failure);
      this.#isUntidy = true;
      this.#checkpointLater();
      return failure;
    }
  }
}
