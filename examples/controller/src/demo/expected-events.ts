import type { EventOf, EventType } from "@alumiini/core";
import { type EventRecorder, recordEvents } from "@alumiini/core/testing";

/** Thrown by a step that did not see what it must. */
class ExpectationError extends Error {
  override readonly name = "ExpectationError";
}

const TIMEOUT_MS = 60_000;

/** Watches the events of one repository while a step runs, and checks that they come, in order. */
export class ExpectedEvents {
  /** The subscriber to attach. */
  readonly recorder: EventRecorder = recordEvents();
  readonly #seen: string[] = [];
  /** Rejects when the demo is stopped. */
  readonly #stopped: Promise<never>;
  #lastId = "";

  constructor(stop: AbortSignal) {
    this.#stopped = new Promise((_resolve, reject) => {
      stop.addEventListener("abort", () => reject(new ExpectationError("the demo was stopped")));
    });
    // Nobody may be waiting when it is.
    this.#stopped.catch(() => {});
  }

  /** Forgets the step before. */
  begin(): void {
    this.recorder.clear();
    this.#seen.length = 0;
    this.#lastId = "";
  }

  /** The types seen in this step. */
  get seen(): readonly string[] {
    return this.#seen;
  }

  /** Waits for an event that fits and comes after those seen before. */
  async next<T extends EventType>(type: T, repoName: string, fits: (event: EventOf<T>) => boolean = () => true) {
    const after = this.#lastId;
    // Ids are monotonic, so they tell the order.
    const expected = (event: EventOf<T>) => event.repoName === repoName && event.id > after && fits(event);
    const arrival = this.recorder.waitFor(type, expected, { timeoutMs: TIMEOUT_MS });
    const event = await Promise.race([arrival, this.#stopped]);
    this.#lastId = event.id;
    this.#seen.push(event.outcome === "failure" ? `${type} (failure)` : type);
    return event;
  }
}

/** Fails the step unless the condition holds. */
export function check(condition: boolean, expectation: string): asserts condition {
  if (!condition) throw new ExpectationError(`expected ${expectation}`);
}
