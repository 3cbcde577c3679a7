import { BoundedMap } from "./bounded-map.js";

/** What a {@link RateLimiter} decided. */
export interface RateDecision {
  readonly allowed: boolean;
  /** `true` on the last one that the window allows: the next ones are suppressed. */
  readonly last: boolean;
  /** How many of this key were suppressed since the last one that was allowed. */
  readonly suppressed: number;
}

interface Window {
  since: number;
  allowed: number;
  suppressed: number;
}

/** Allows a number of reports for each key in each window of time, so that a fault on every event can't flood a log. */
export class RateLimiter {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #windows: BoundedMap<string, Window>;

  /**
   * @param limit is how many are allowed for each key in each window: 1 or more.
   * @param windowMs is the length of a window in milliseconds.
   * @param maxKeys bounds the keys that are remembered. Default 1,000.
   */
  constructor(limit: number, windowMs: number, maxKeys = 1000) {
    this.#limit = limit;
    this.#windowMs = windowMs;
    this.#windows = new BoundedMap(maxKeys);
  }

  /** @param now is the time in milliseconds, on any clock that only goes forward. */
  take(key: string, now: number): RateDecision {
    let window = this.#windows.get(key);
    if (window === undefined || now - window.since >= this.#windowMs) {
      window = { since: now, allowed: 0, suppressed: window?.suppressed ?? 0 };
      this.#windows.set(key, window);
    }
    if (window.allowed === this.#limit) {
      window.suppressed++;
      return { allowed: false, last: false, suppressed: window.suppressed };
    }
    window.allowed++;
    const { suppressed } = window;
    window.suppressed = 0;
    return { allowed: true, last: window.allowed === this.#limit, suppressed };
  }
}
