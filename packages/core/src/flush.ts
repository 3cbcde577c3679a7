import { describeError } from "./failure.js";
import type { ActiveSubscription } from "./subscription.js";

/** One subscriber that could not be flushed or closed. */
export interface FlushFailure {
  readonly subscriber: string;
  readonly phase: "flush" | "close";
  /** `timeout`: the deadline passed first; `error`: the subscriber said so. */
  readonly reason: "timeout" | "error";
  /** What the subscriber threw, as it was: it may hold credentials. */
  readonly error?: unknown;
  /** Items that the subscriber had taken and not finished. */
  readonly pending: number;
}

/** Some subscribers could not be flushed or closed within the deadline; `failures` says which, and why. */
export class FlushError extends Error {
  override readonly name = "FlushError";
  readonly failures: readonly FlushFailure[];

  constructor(failures: readonly FlushFailure[]) {
    const parts = failures.map(({ subscriber, phase, reason, error, pending }) => {
      const cause = reason === "timeout" ? "the deadline passed" : describeError(error);
      return `${phase} of "${subscriber}" (${cause}; ${pending} pending)`;
    });
    super(`could not finish: ${parts.join(", ")}`);
    this.failures = failures;
  }
}

/** One deadline over everything that is done under it. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #passed: Promise<"timeout">;

  constructor(timeoutMs: number) {
    this.#passed = new Promise((resolve) => {
      this.#controller.signal.addEventListener("abort", () => resolve("timeout"), { once: true });
    });
    // Longer than a timer can be means no deadline in practice.
    this.#timer = setTimeout(() => this.#controller.abort(), Math.min(Math.max(timeoutMs, 0), 2 ** 31 - 1));
  }

  /** Does `phase` for every subscription at once, and answers those that failed. */
  async all(phase: "flush" | "close", subscriptions: readonly ActiveSubscription[]): Promise<FlushFailure[]> {
    const outcomes = await Promise.all(subscriptions.map((subscription) => this.#one(phase, subscription)));
    return outcomes.filter((failure) => failure !== undefined);
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  async #one(phase: "flush" | "close", subscription: ActiveSubscription): Promise<FlushFailure | undefined> {
    const work = this.#work(phase, subscription).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    const result = await Promise.race([work, this.#passed]);
    if (result === undefined) return undefined;
    const about = { subscriber: subscription.name, phase, pending: subscription.stats().pending };
    return result === "timeout" ? { ...about, reason: "timeout" } : { ...about, reason: "error", error: result.error };
  }

  async #work(phase: "flush" | "close", { subscriber, inFlight }: ActiveSubscription): Promise<void> {
    const { signal } = this.#controller;
    if (phase === "close") {
      await subscriber.close?.(signal);
      return;
    }
    // Only what was under way at the call: what comes later is not waited for.
    await Promise.all(inFlight);
    await subscriber.flush?.(signal);
  }
}
