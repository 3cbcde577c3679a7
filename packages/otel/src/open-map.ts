/** Why something was given up before its end came. */
export type Abandonment = "timeout" | "overflow" | "superseded" | "closed";

interface Entry<T> {
  readonly value: T;
  /** Milliseconds on the monotonic clock. */
  readonly openedAt: number;
}

/**
 * What has begun and not ended, by key. Bounded in number and in time: the oldest makes room for the newest, and what
 * is older than the timeout is abandoned when something else begins, or at a flush. There is no timer to keep a process
 * alive.
 */
export class OpenMap<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #maxSize: number;
  readonly #timeoutMs: number;
  readonly #abandon: (value: T, why: Abandonment) => void;

  constructor(maxSize: number, timeoutMs: number, abandon: (value: T, why: Abandonment) => void) {
    this.#maxSize = maxSize;
    this.#timeoutMs = timeoutMs;
    this.#abandon = abandon;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)?.value;
  }

  open(key: string, value: T): void {
    this.#drop(key, "superseded");
    this.sweep();
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size < this.#maxSize) break;
      this.#drop(oldest, "overflow");
    }
    this.#entries.set(key, { value, openedAt: performance.now() });
  }

  /** Takes what is open under the key out of the map, and returns it. */
  take(key: string): T | undefined {
    const value = this.get(key);
    this.#entries.delete(key);
    return value;
  }

  /** Abandons what is too old. */
  sweep(): void {
    const tooOld = performance.now() - this.#timeoutMs;
    // Maps keep the order of insertion: the first that is young enough ends it.
    for (const [key, { openedAt }] of this.#entries) {
      if (openedAt > tooOld) return;
      this.#drop(key, "timeout");
    }
  }

  abandonAll(): void {
    for (const key of this.#entries.keys()) this.#drop(key, "closed");
  }

  #drop(key: string, why: Abandonment): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#abandon(entry.value, why);
  }
}
