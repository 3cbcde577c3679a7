/**
 * Rows that were read or written lately, by key: a bounded map whose changes count only when the group is stored.
 * `undefined` as a value is kept too: no such row is stored.
 */
export class RowCache<T> {
  readonly #stored = new Map<string, T | undefined>();
  readonly #pending = new Map<string, T | undefined>();
  readonly #bound: number;

  constructor(bound: number) {
    this.#bound = bound;
  }

  has(key: string): boolean {
    return this.#pending.has(key) || this.#stored.has(key);
  }

  get(key: string): T | undefined {
    return this.#pending.has(key) ? this.#pending.get(key) : this.#stored.get(key);
  }

  /** What is stored: true at once, unlike what {@link set} says. */
  load(key: string, value: T | undefined): void {
    this.#put(key, value);
  }

  /** What will be stored with this group. */
  set(key: string, value: T): void {
    this.#pending.set(key, value);
  }

  commit(): void {
    for (const [key, value] of this.#pending) this.#put(key, value);
    this.#pending.clear();
  }

  clear(): void {
    this.#stored.clear();
    this.#pending.clear();
  }

  #put(key: string, value: T | undefined): void {
    // The newest are last; the oldest go first.
    this.#stored.delete(key);
    this.#stored.set(key, value);
    if (this.#stored.size <= this.#bound) return;
    for (const oldest of this.#stored.keys()) {
      this.#stored.delete(oldest);
      break;
    }
  }
}
