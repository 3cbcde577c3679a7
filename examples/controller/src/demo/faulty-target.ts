import type { Target } from "../targets/target.js";

/** A target with a bug that shows once, when it is told to: what crashes the demo's worker. */
export class FaultyTarget implements Target {
  readonly #target: Target;
  #failNext = false;

  constructor(target: Target) {
    this.#target = target;
  }

  /** The next comparison throws what no controller expects. */
  failNext(): void {
    this.#failNext = true;
  }

  async diff(...args: Parameters<Target["diff"]>): ReturnType<Target["diff"]> {
    if (this.#failNext) {
      this.#failNext = false;
      throw new TypeError("a bug in the target, put there by the demo");
    }
    return this.#target.diff(...args);
  }

  apply(...args: Parameters<Target["apply"]>): ReturnType<Target["apply"]> {
    return this.#target.apply(...args);
  }

  prune(...args: Parameters<Target["prune"]>): ReturnType<Target["prune"]> {
    return this.#target.prune(...args);
  }
}
