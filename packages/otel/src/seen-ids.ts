/** Remembers at least the last `capacity` ids that it was given, and at most twice as many. */
export class SeenIds {
  readonly #capacity: number;
  #recent = new Set<string>();
  #older: ReadonlySet<string> = new Set();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Whether the id is new; from now on it no longer is. */
  add(id: string): boolean {
    if (this.#recent.has(id) || this.#older.has(id)) return false;
    if (this.#recent.size >= this.#capacity) {
      this.#older = this.#recent;
      this.#recent = new Set();
    }
    this.#recent.add(id);
    return true;
  }
}
