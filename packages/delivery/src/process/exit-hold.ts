import type { DeliveryTime } from "../ports/time.js";

/**
 * Keeps the process alive while messages wait, but for no longer than `waitMs` after the last one came: a program that
 * forgets to close its sinks loses nothing if the receiver is up, and still ends if it is down.
 */
export class ExitHold {
  #release: (() => void) | undefined;
  #lastAcceptedAt = 0;

  constructor(
    readonly waitMs: number,
    readonly time: DeliveryTime,
  ) {}

  /** A message has come into memory. */
  accepted(now: number): void {
    this.#lastAcceptedAt = now;
    if (this.#release === undefined && this.waitMs > 0) this.#hold(this.waitMs);
  }

  /** Nothing is left to wait for. */
  release(): void {
    this.#release?.();
    this.#release = undefined;
  }

  #hold(milliseconds: number): void {
    this.#release = this.time.setTimer(
      () => {
        this.#release = undefined;
        const left = this.#lastAcceptedAt + this.waitMs - this.time.now();
        if (left > 0) this.#hold(left);
      },
      milliseconds,
      true,
    );
  }
}
