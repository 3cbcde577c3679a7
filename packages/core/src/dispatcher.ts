import type { AluminiEvent } from "./event.js";
import type { FailureReporter } from "./failure.js";
import type { Measurement } from "./measurement.js";
import type { AnySubscriber } from "./subscriber.js";
import { ActiveSubscription, type SubscriptionOwner } from "./subscription.js";
import { EVENT_TYPES, type EventType } from "./taxonomy.js";

/** How many times in a row an event may come from the handling of an event before the chain is cut. */
const MAX_FEEDBACK_DEPTH = 16;
/** How many events and measurements the handling of one may cause, directly or through others. */
const MAX_FEEDBACK_TOTAL = 1000;

type Targets = readonly ActiveSubscription[];
type Index = Readonly<Record<EventType, Targets>>;
type Item = AluminiEvent | Measurement;

interface Queued {
  readonly item: Item;
  readonly targets: Targets;
  readonly depth: number;
}

/**
 * Knows who gets what, and hands it over: in the order of subscription, one item at a time. Both lists are replaced,
 * never changed, so whoever is subscribed while an item is published does not disturb its publication.
 */
export class Dispatcher implements SubscriptionOwner {
  readonly reporter: FailureReporter;
  readonly maxConsecutiveFailures: number;
  /** Subscribers by event type. */
  index: Index = indexBy([]);
  /** Subscribers that take measurements. */
  measuring: Targets = [];
  /** Everybody to flush and close, in the order of subscription. */
  subscriptions: Targets = [];
  #queue: Queued[] = [];
  #dispatching = false;
  #depth = 0;
  #feedback = 0;

  constructor(reporter: FailureReporter, maxConsecutiveFailures: number) {
    this.reporter = reporter;
    this.maxConsecutiveFailures = maxConsecutiveFailures;
  }

  attach(subscriber: AnySubscriber): ActiveSubscription {
    const subscription = new ActiveSubscription(subscriber, this);
    this.subscriptions = [...this.subscriptions, subscription];
    this.#reindex();
    return subscription;
  }

  detach(subscription: ActiveSubscription, forget: boolean): void {
    if (forget) this.subscriptions = this.subscriptions.filter((other) => other !== subscription);
    this.#reindex();
  }

  /** Publishes, or queues behind what is being published. Never throws. */
  publish(item: Item, targets: Targets): void {
    for (const subscription of targets) subscription.accept();
    if (this.#dispatching) this.#enqueue(item, targets);
    else this.#drain(item, targets);
  }

  #drain(first: Item, targets: Targets): void {
    this.#dispatching = true;
    deliver(first, targets);
    if (this.#queue.length > 0) {
      // for-of also visits what is appended while it runs.
      for (const { item, targets, depth } of this.#queue) {
        this.#depth = depth;
        deliver(item, targets);
      }
      this.#queue = [];
    }
    this.#depth = 0;
    this.#feedback = 0;
    this.#dispatching = false;
  }

  #enqueue(item: Item, targets: Targets): void {
    const depth = this.#depth + 1;
    if (depth <= MAX_FEEDBACK_DEPTH && ++this.#feedback <= MAX_FEEDBACK_TOTAL) {
      this.#queue.push({ item, targets, depth });
      return;
    }
    for (const subscription of targets) subscription.drop("feedback");
    const type = "kind" in item ? item.kind : item.type;
    this.reporter.report({ kind: "dropped", reason: "feedback", type }, "");
  }

  #reindex(): void {
    const active = this.subscriptions.filter((subscription) => subscription.active);
    this.index = indexBy(active);
    this.measuring = active.filter((subscription) => subscription.subscriber.measure !== undefined);
  }
}

function deliver(item: Item, targets: Targets): void {
  for (const subscription of targets) subscription.deliver(item);
}

function indexBy(subscriptions: Targets): Index {
  const entries = EVENT_TYPES.map((type): [EventType, Targets] => [
    type,
    subscriptions.filter(({ subscriber }) => subscriber.types === undefined || subscriber.types.includes(type)),
  ]);
  // Without a prototype, "constructor" and the like are no event types.
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}
