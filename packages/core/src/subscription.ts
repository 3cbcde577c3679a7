import type { AluminiEvent } from "./event.js";
import type { FailureReporter } from "./failure.js";
import type { Measurement } from "./measurement.js";
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
  readonly name: string;
  readonly subscriber: AnySubscriber;
  /** Promises of `handle` and `measure` that have not settled. */
  readonly inFlight = new Set<Promise<void>>();
  active = true;
  readonly #owner: SubscriptionOwner;
  readonly #dropped: Record<DropReason, number> = { unsubscribed: 0, feedback: 0, backpressure: 0 };
  #accepted = 0;
  #delivered = 0;
  #failed = 0;
  #pending = 0;
  #consecutiveFailures = 0;

  constructor(subscriber: AnySubscriber, owner: SubscriptionOwner) {
    this.name = subscriber.name;
    this.subscriber = subscriber;
    this.#owner = owner;
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

  deliver(item: AluminiEvent | Measurement): void {
    if (!this.active) {
      this.drop("unsubscribed");
      return;
    }
    const type = "kind" in item ? item.kind : item.type;
    if (this.inFlight.size >= MAX_IN_FLIGHT) {
      this.drop("backpressure");
      this.#owner.reporter.report({ kind: "dropped", reason: "backpressure", type, subscriber: this.name }, this.name);
      return;
    }
    try {
      const result = "kind" in item ? this.subscriber.measure?.(item) : this.subscriber.handle(item);
      if (result === undefined) this.#succeed();
      else this.#follow(result, type);
    } catch (error) {
      this.#fail(error, type);
    }
  }

  unsubscribe(): void {
    this.active = false;
    this.#owner.detach(this, true);
  }

  [dispose](): void {
    this.unsubscribe();
  }

  stats(): SubscriberStats {
    return {
      name: this.name,
      active: this.active,
      accepted: this.#accepted,
      delivered: this.#delivered,
      failed: this.#failed,
      dropped: { ...this.#dropped },
      pending: this.#pending,
    };
  }

  #follow(result: PromiseLike<void>, type: string): void {
    // Promise.resolve also turns a thenable that throws into a rejection.
    const settled = Promise.resolve(result)
      .then(
        () => this.#succeed(),
        (error: unknown) => this.#fail(error, type),
      )
      .then(() => {
        this.inFlight.delete(settled);
      });
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
    const { reporter, maxConsecutiveFailures } = this.#owner;
    const consecutiveFailures = ++this.#consecutiveFailures;
    const about = { subscriber: this.name, error, type, consecutiveFailures };
    const detaches = this.active && consecutiveFailures >= maxConsecutiveFailures;
    if (detaches) {
      this.active = false;
      this.#owner.detach(this, false);
    }
    reporter.report({ kind: "subscriber_failed", ...about }, this.name);
    if (detaches) reporter.report({ kind: "subscriber_detached", ...about }, this.name);
  }
}
