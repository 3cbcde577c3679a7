import type { DeliveryTime } from "./time.js";

/** Timers that end together. */
export class Timers {
  readonly #cancels = new Set<() => void>();
  #closed = false;

  constructor(readonly time: DeliveryTime) {}

  /** Calls back once, unless `close` comes first. */
  set(milliseconds: number, callback: () => void): void {
    if (this.#closed) return;
    const cancel = this.time.setTimer(() => {
      this.#cancels.delete(cancel);
      callback();
    }, milliseconds);
    this.#cancels.add(cancel);
  }

  close(): void {
    this.#closed = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }
}
