/** Where the runtime gets time and chance from; tests put their own in its place. */
export interface DeliveryTime {
  /** Milliseconds since any fixed point; never goes back. */
  now(): number;
  /** Milliseconds since 1970, for records that another process reads. Default: `Date.now`. */
  epoch?(): number;
  /** Calls back once, and returns what cancels it. A timer that does not `keepAlive` lets the process end. */
  setTimer(callback: () => void, milliseconds: number, keepAlive?: boolean): () => void;
  /** At least 0, less than 1. */
  random(): number;
}

export const systemTime: DeliveryTime = {
  now: () => performance.now(),
  random: () => Math.random(),
  setTimer(callback, milliseconds, keepAlive = false) {
    const timer = setTimeout(callback, milliseconds);
    if (!keepAlive) unref(timer);
    return () => clearTimeout(timer);
  },
};

/** Browsers return a number, and have no process that a timer could hold up. */
function unref(timer: unknown): void {
  if (typeof timer === "object" && timer !== null && "unref" in timer && typeof timer.unref === "function") {
    timer.unref();
  }
}

/** Timers that end together. */
export class Timers {
  readonly #cancels = new Set<() => void>();
  #closed = false;

  constructor(readonly time: DeliveryTime) {}

  /** Calls back once, unless `close`, or the function that it returns, is called before. */
  set(milliseconds: number, callback: () => void): () => void {
    if (this.#closed) return () => {};
    const cancelTimer = this.time.setTimer(() => {
      this.#cancels.delete(cancel);
      callback();
    }, milliseconds);
    const cancel = () => {
      this.#cancels.delete(cancel);
      cancelTimer();
    };
    this.#cancels.add(cancel);
    return cancel;
  }

  close(): void {
    this.#closed = true;
    for (const cancel of [...this.#cancels]) cancel();
  }
}
