/**
 * Tells what is under way to stop. An `AbortSignal` would warn of a leak as soon as more than ten batches listened.
 */
export class Stop {
  stopped = false;
  readonly #callbacks = new Set<() => void>();

  /** Calls back when it is time, perhaps at once. Answers what takes that back. */
  whenStopped(callback: () => void): () => void {
    if (this.stopped) callback();
    else this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }

  stop(): void {
    this.stopped = true;
    for (const callback of this.#callbacks) callback();
    this.#callbacks.clear();
  }
}
