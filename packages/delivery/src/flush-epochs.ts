/** What was accepted between two flushes. */
export class Cohort {
  /** Messages in memory. */
  inMemory = 0;
  /** Messages in the outbox alone. */
  spilled = 0;
  /** Where the outbox stood when the cohort was complete. */
  lastSequence = Number.POSITIVE_INFINITY;
  /** Wakes those who wait until it is settled, and says whether it is. */
  readonly waiting = new Set<(settled: boolean) => void>();

  get empty(): boolean {
    return this.inMemory === 0 && this.spilled === 0;
  }
}

/** Tells flushes when everything accepted before them is settled, with one counter for all the messages between two. */
export class Cohorts {
  current = new Cohort();
  /** Complete ones that are not empty, oldest first. */
  readonly #complete: Cohort[] = [];

  get oldest(): Cohort {
    return this.#complete[0] ?? this.current;
  }

  /** The cohort that a message belongs to, by its record in the outbox. */
  of(sequence: number): Cohort {
    return this.#complete.find((cohort) => sequence <= cohort.lastSequence) ?? this.current;
  }

  /** All cohorts that are under way. */
  all(): readonly Cohort[] {
    return [...this.#complete, this.current];
  }

  /** Ends the current cohort. Answers the one that is settled last of those complete, unless all are settled. */
  complete(lastSequence: number): Cohort | undefined {
    if (!this.current.empty) {
      this.current.lastSequence = lastSequence;
      this.#complete.push(this.current);
      this.current = new Cohort();
    }
    return this.#complete.at(-1);
  }

  /** Wakes those who have nothing left to wait for. To be called after cohorts have shrunk. */
  update(): void {
    for (let first = this.#complete[0]; first?.empty; first = this.#complete[0]) {
      this.#complete.shift();
      for (const wake of first.waiting) wake(true);
    }
  }
}
