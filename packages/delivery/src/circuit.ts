/** `closed`: sending; `open`: pausing; `half-open`: trying with one batch. As in an electric circuit. */
export type CircuitState = "closed" | "open" | "half-open";

/** Failed batches in a row, none of them answered by the receiver, after which sending pauses. */
const FAILURES_TO_OPEN = 5;

/** Keeps a receiver that is down from being called by every batch in turn. */
export class Circuit {
  #state: CircuitState = "closed";
  #failures = 0;

  get state(): CircuitState {
    return this.#state;
  }

  /** Which attempt at reaching the receiver failed last, counted from the one that opened the circuit as 1. */
  get attempt(): number {
    return this.#failures - FAILURES_TO_OPEN + 1;
  }

  /** The receiver has answered. */
  succeed(): void {
    this.#state = "closed";
    this.#failures = 0;
  }

  /** A batch failed as a whole. Answers whether that opened the circuit: the caller then pauses and calls `probe`. */
  fail(): boolean {
    // What was under way when it opened says nothing new.
    if (this.#state === "open") return false;
    this.#failures++;
    if (this.#failures < FAILURES_TO_OPEN) return false;
    this.#state = "open";
    return true;
  }

  /** The pause is over: one batch may try. */
  probe(): void {
    if (this.#state === "open") this.#state = "half-open";
  }
}
