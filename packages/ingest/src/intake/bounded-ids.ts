/** Ids that are remembered; when there are more, the oldest are forgotten. */
export class BoundedIds {
  readonly #ids = new Set<string>();
  readonly #bound: number;

  constructor(bound = 10_000) {
    this.#bound = bound;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  add(id: string): void {
    this.#ids.add(id);
    if (this.#ids.size <= this.#bound) return;
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest);
      return;
    }
  }

  delete(id: string): void {
    this.#ids.delete(id);
  }
}
