import type { AluminiEvent } from "./event.js";
import type { FailureReporter } from "./failure.js";
import type { Measurement } from "./measurement.js";
import { redactText } from "./redact.js";
import type { AnySubscriber, DropReason, SubscriberStats, Subscription } from "./subscriber.js";

/** Promises of one subscriber that may be unsettled before more is dropped for it. */
const MAX_IN_FLIGHT = 10_000;

const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

/** What a subscription needs of the instance that it belongs to. */
export interface SubscriptionOwner {
  readonly reporter: FailureReporter;
  readonly maxConsecutiveFailures: number;
  /** Takes the subscription out of the index; `forget` also out of flush and close. */
  detach(subscription: ActiveSubscription, forget: boolean): void;
}

/** One subscriber attached: hands over, counts, and keeps its failures from everybody else. */
export class ActiveSubscription implements Subscription {
  readonly subscriber: AnySubscriber;
  readonly name: string;
  /** Promises of `handle` and `measure` that have not settled. */
  readonly inFlight = new Set<Promise<void>>();
  readonly #owner: SubscriptionOwner;
  #active = true;
  #accepted = 0;
  #delivered = 0;
  #failed = 0;
  #pending = 0;
  #consecutiveFailures = 0;
  readonly #dropped: Record<DropReason, number> = { unsubscribed: 0, feedback: 0, backpressure: 0 };

  constructor(subscriber: AnySubscriber, owner: SubscriptionOwner) {
    this.subscriber = subscriber;
    this.name = subscriber.name;
    this.#owner = owner;
  }

  get active(): boolean {
    return this.#active;
  }

  /** Counts what is about to be delivered, or queued for it. */
  accept(): void {
    this.#accepted++;
    this.#pending++;
  }

  drop(reason: DropReason): void {
    this.#pending--;
    this.#dropped[reason]++;
  }

  deliverEvent(event: AluminiEvent): void {
    if (!this.#admit()) return;
    try {
      const result = this.subscriber.handle(event);
      if (result === undefined) this.#succeed();
      else this.#follow(result, event.type);
    } catch (error) {
      this.#fail(error, event.type);
    }
  }

  deliverMeasurement(measurement: Measurement): void {
    if (!this.#admit()) return;
    try {
      const result = this.subscriber.measure?.(measurement);
      if (result === undefined) this.#succeed();
      else this.#follow(result, measurement.kind);
    } catch (error) {
      this.#fail(error, measurement.kind);
    }
  }

  unsubscribe(): void {
    this.#active = false;
    this.#owner.detach(this, true);
  }

  [dispose](): void {
    this.unsubscribe();
  }

  stats(): SubscriberStats {
    return {
      name: this.name,
      active: this.#active,
      accepted: this.#accepted,
      delivered: this.#delivered,
      failed: this.#failed,
      dropped: { ...this.#dropped },
      pending: this.#pending,
    };
  }

  #admit(): boolean {
    if (!this.#active) {
      this.drop("unsubscribed");
      return false;
    }
    if (this.inFlight.size >= MAX_IN_FLIGHT) {
      this.drop("backpressure");
      this.#owner.reporter.report(
        {
          kind: "dropped",
          reason: "backpressure",
          subscriber: this.name,
          message: `subscriber "${this.name}" has ${MAX_IN_FLIGHT} promises unsettled; events for it are being dropped. Return at once from handle and queue inside the subscriber`,
        },
        this.name,
      );
      return false;
    }
    return true;
  }

  #follow(result: PromiseLike<void>, type: string): void {
    // Promise.resolve also turns a thenable that throws into a rejection.
    const settled: Promise<void> = Promise.resolve(result).then(
      () => {
        this.inFlight.delete(settled);
        this.#succeed();
      },
      (error: unknown) => {
        this.inFlight.delete(settled);
        this.#fail(error, type);
      },
    );
    this.inFlight.add(settled);
  }

  #succeed(): void {
    this.#pending--;
    this.#delivered++;
    this.#consecutiveFailures = 0;
  }

  #fail(error: unknown, type: string): void {
    this.#pending--;
    this.#failed++;
    const consecutiveFailures = ++this.#consecutiveFailures;
    const { reporter, maxConsecutiveFailures } = this.#owner;
    const about = { subscriber: this.name, error, consecutiveFailures };
    const detaches = this.#active && consecutiveFailures >= maxConsecutiveFailures;
    if (detaches) {
      this.#active = false;
      this.#owner.detach(this, false);
    }
    const message = `subscriber "${this.name}" failed on ${type}: ${describeError(error)}`;
    reporter.report({ ...about, kind: "subscriber_failed", type, message }, this.name);
    if (detaches) {
      const text = `subscriber "${this.name}" was detached after ${consecutiveFailures} failures in a row; the last: ${describeError(error)}`;
      reporter.report({ ...about, kind: "subscriber_detached", message: text }, this.name);
    }
  }
}

/** What an error says, on one line, bounded and without credentials. Never throws, whatever was thrown. */
export function describeError(error: unknown): string {
  try {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return redactText(text.slice(0, 2000).replace(/\s+/g, " ")).slice(0, 500);
  } catch {
    return "an error that can't be described";
  }
}
