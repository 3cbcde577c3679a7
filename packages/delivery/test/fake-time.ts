import type { DeliveryTime } from "../src/index.js";

interface FakeTimer {
  readonly due: number;
  readonly callback: () => void;
  readonly keepAlive: boolean;
}

/** Lets every promise that can settle settle. */
export function settlePromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** 2026-01-01. */
const START_EPOCH_MS = 1_767_225_600_000;

/** Time that stands still until a test moves it. */
export class FakeTime implements DeliveryTime {
  readonly timers = new Set<FakeTimer>();
  #now = 1000;

  constructor(readonly random: () => number = () => 0.5) {}

  now(): number {
    return this.#now;
  }

  epoch(): number {
    return START_EPOCH_MS + this.#now;
  }

  setTimer(callback: () => void, milliseconds: number, keepAlive = false): () => void {
    const timer = { due: this.#now + milliseconds, callback, keepAlive };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** A signal that aborts after some of this time. */
  deadline(milliseconds: number): AbortSignal {
    const controller = new AbortController();
    this.setTimer(() => controller.abort(), milliseconds);
    return controller.signal;
  }

  /** Moves on, timer by timer; what a timer sets off has ended before the next. */
  async advance(milliseconds: number, between: () => void = () => {}): Promise<void> {
    const end = this.#now + milliseconds;
    await settlePromises();
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.timers.delete(timer);
      this.#now = Math.max(this.#now, timer.due);
      timer.callback();
      between();
      await settlePromises();
      between();
    }
    this.#now = end;
  }

  #next(end: number): FakeTimer | undefined {
    let next: FakeTimer | undefined;
    for (const timer of this.timers) if (timer.due <= end && (next === undefined || timer.due < next.due)) next = timer;
    return next;
  }
}
