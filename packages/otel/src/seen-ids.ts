/**
 * Remembers at least the last `capacity` ids that it was given, and at most a few times as many. Ids that rise, as those
 * of an emitter do, are kept in an array that is thereby sorted: searching it is rare, and adding to it costs nothing.
 * Any other id goes to a set.
 */
export class SeenIds {
  readonly #rising: Generations<string[]>;
  readonly #others: Generations<Set<string>>;
  readonly #capacity: number;
  #highest = "";

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#rising = { recent: [], older: [] };
    this.#others = { recent: new Set(), older: new Set() };
  }

  /** Whether the id is new; from now on it no longer is. */
  add(id: string): boolean {
    if (id > this.#highest) {
      this.#highest = id;
      if (this.#rising.recent.length >= this.#capacity) {
        this.#rising.older = this.#rising.recent;
        this.#rising.recent = [];
      }
      this.#rising.recent.push(id);
      return true;
    }
    return this.#isKnown(id) ? false : this.#addOther(id);
  }

  #isKnown(id: string): boolean {
    const { recent, older } = this.#others;
    return recent.has(id) || older.has(id) || isIn(this.#rising.recent, id) || isIn(this.#rising.older, id);
  }

  #addOther(id: string): true {
    if (this.#others.recent.size >= this.#capacity) {
      this.#others.older = this.#others.recent;
      this.#others.recent = new Set();
    }
    this.#others.recent.add(id);
    return true;
  }
}

/** What fills up, and what did before it. */
interface Generations<T> {
  recent: T;
  older: T;
}

function isIn(sorted: readonly string[], id: string): boolean {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((sorted[middle] ?? "") < id) from = middle + 1;
    else to = middle;
  }
  return sorted[from] === id;
}
