import type { FailureReporter } from "./failure.js";
import type { OperationName } from "./taxonomy.js";

/** What is remembered of an operation, without keeping its handle alive. */
interface Opened {
  readonly key: number;
  readonly operation: OperationName;
  readonly repoName: string;
}

/**
 * Knows which operations are under way, to report those that nobody ever ends: when the garbage collector finds the
 * handle forgotten, or at `close`.
 */
export class OpenOperations {
  readonly #reporter: FailureReporter;
  readonly #open = new Map<number, Opened>();
  readonly #forgotten: FinalizationRegistry<Opened>;
  #nextKey = 0;

  constructor(reporter: FailureReporter) {
    this.#reporter = reporter;
    this.#forgotten = new FinalizationRegistry((opened) => {
      this.#open.delete(opened.key);
      this.#reportNeverEnded(opened);
    });
  }

  get size(): number {
    return this.#open.size;
  }

  /** Answers the key to give to `end`. */
  begin(handle: object, operation: OperationName, repoName: string): number {
    const opened = { key: this.#nextKey++, operation, repoName };
    this.#open.set(opened.key, opened);
    this.#forgotten.register(handle, opened, handle);
    return opened.key;
  }

  end(handle: object, key: number): void {
    this.#open.delete(key);
    this.#forgotten.unregister(handle);
  }

  reportEndedTwice(operation: OperationName, repoName: string): void {
    this.#reporter.report({ kind: "operation_ended_twice", operation, repoName }, operation);
  }

  reportStillOpen(): void {
    for (const opened of this.#open.values()) this.#reportNeverEnded(opened);
  }

  #reportNeverEnded({ operation, repoName }: Opened): void {
    this.#reporter.report({ kind: "operation_never_ended", operation, repoName }, operation);
  }
}
