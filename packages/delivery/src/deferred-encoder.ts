import { outsideContext } from "./process/context.js";

/** How many may wait before they are handed on within the call that gave the last. */
const MAX_WAITING = 256;
/** How many that handing on causes may wait behind those that are being handed on. */
const MAX_FEEDBACK = 16;

/**
 * Takes items now and hands them on in their order as soon as the code that gave them has run, so that giving one costs
 * that code next to nothing.
 */
export class DeferredEncoder<T> {
  readonly #handOn: (item: T) => void;
  #waiting: T[] = [];
  #draining = false;
  #feedback = 0;

  /** `handOn` must not throw. */
  constructor(handOn: (item: T) => void) {
    this.#handOn = handOn;
  }

  put(item: T): void {
    // The emitter cuts off what goes round and round, but only within its own call.
    if (this.#draining && ++this.#feedback > MAX_FEEDBACK) outsideContext(() => this.#handOn(item));
    else if (this.#waiting.push(item) >= MAX_WAITING) this.drain();
    else if (this.#waiting.length === 1) outsideContext(() => queueMicrotask(() => this.drain()));
  }

  /** Hands on what waits. */
  drain(): void {
    if (this.#draining || this.#waiting.length === 0) return;
    outsideContext(() => this.#drain());
  }

  #drain(): void {
    this.#draining = true;
    this.#feedback = 0;
    while (this.#waiting.length > 0) {
      const items = this.#waiting;
      this.#waiting = [];
      for (const item of items) this.#handOn(item);
    }
    this.#draining = false;
  }
}
