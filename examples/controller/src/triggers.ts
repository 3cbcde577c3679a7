import type { Trigger } from "@alumiini/core";

/** The trigger that a sync is named after when several came together. */
const PRECEDENCE: readonly Trigger[] = ["manual", "webhook", "startup", "reconcile", "poll"];

/**
 * The triggers that wait for a worker. Those that come while a sync runs are served together by the next one: a
 * burst of webhooks costs one sync, and never more than one runs at a time.
 */
export class Triggers {
  readonly #waiting = new Set<Trigger>();
  readonly #onChange: () => void;
  #wake: () => void = () => {};

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** How many different triggers wait: 0 to 5. */
  get depth(): number {
    return this.#waiting.size;
  }

  add(trigger: Trigger): void {
    this.#waiting.add(trigger);
    this.#onChange();
    this.#wake();
  }

  /** Takes all that wait, as soon as there is one, and returns the first in rank; `undefined` once `stop` aborts. */
  async take(stop: AbortSignal): Promise<Trigger | undefined> {
    if (this.#waiting.size === 0) await this.#arrival(stop);
    if (stop.aborted) return undefined;
    const trigger = PRECEDENCE.find((candidate) => this.#waiting.has(candidate)) ?? "poll";
    this.#waiting.clear();
    this.#onChange();
    return trigger;
  }

  #arrival(stop: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        stop.removeEventListener("abort", wake);
        this.#wake = () => {};
        resolve();
      };
      this.#wake = wake;
      if (stop.aborted) wake();
      else stop.addEventListener("abort", wake);
    });
  }
}
