import type { AluminiEvent } from "../event/event.js";
import type { Measurement } from "../event/measurement.js";
import { toIdentifier } from "../event/sanitize.js";
import { EVENT_TYPES, type EventType } from "../event/taxonomy.js";
import type { Report } from "./failure.js";
import type { AnySubscriber, DropReason, HandleContext, SubscriberStats, Subscription } from "./subscriber.js";

/** How many times in a row an event may come from the handling of an event before the chain is cut. */
const MAX_FEEDBACK_DEPTH = 16;
/** How many events and measurements the handling of one may cause, directly or through others. */
const MAX_FEEDBACK_TOTAL = 1000;
/** Promises of one subscriber that may be unsettled before more is dropped for it. */
const MAX_IN_FLIGHT = 10_000;

const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

type Item = AluminiEvent | Measurement;

/** One subscriber that is attached. */
export interface Attached {
  readonly subscriber: AnySubscriber;
  /** The types that it asked for when it was attached; absent: all. */
  readonly types: readonly EventType[] | undefined;
  readonly counts: { -readonly [K in keyof SubscriberStats]: SubscriberStats[K] } & {
    readonly dropped: Record<DropReason, number>;
  };
  /** Promises of `handle` and `measure` that have not settled. */
  readonly inFlight: Set<Promise<void>>;
  failuresInARow: number;
  /** How many had been attached before it, those included that are gone. */
  readonly order: number;
}

/** A relayed event on its way: how it came, and which subscribers did not take it. */
export interface Relayed {
  readonly context: HandleContext;
  /** How many subscribers had been attached by then: later ones were not given it. */
  attachments: number;
  /** They failed on it or were not given it: a second relay of the event is for them. */
  missedBy?: Set<Attached>;
  /** Their promises of it that have not settled. Absent where there is none: tens of thousands are remembered. */
  inFlight?: Map<Attached, Promise<void>> | undefined;
}

/** The active subscribers of each event type, and those that take measurements. */
interface Targets {
  readonly byType: ReadonlyMap<EventType, readonly Attached[]>;
  readonly measuring: readonly Attached[];
}

/** What was published while something else was being published. */
interface Queued {
  readonly item: Item;
  readonly targets: readonly Attached[];
  readonly relayed: Relayed | undefined;
  /** How many publications this one came from, each from within the other. */
  readonly depth: number;
}

/**
 * Hands events and measurements to subscribers, counts, and keeps the failures of each subscriber from all others.
 * Lists of subscribers are replaced, never changed, so that subscribing does not disturb what is being published.
 */
export class Dispatcher {
  /** True until the first subscriber: nothing needs to be made. */
  idle = true;
  /** All to flush and close, in the order of subscription. */
  attached: readonly Attached[] = [];
  /** How many were ever attached. */
  attachments = 0;
  readonly #report: Report;
  readonly #maxConsecutiveFailures: number;
  /** Made when needed, and forgotten when a subscriber comes or goes. */
  #targets: Targets | undefined;
  #queue: Queued[] = [];
  #publishing = false;
  #depth = 0;

  constructor(report: Report, maxConsecutiveFailures: number) {
    this.#report = report;
    this.#maxConsecutiveFailures = maxConsecutiveFailures;
  }

  get targets(): Targets {
    if (this.#targets) return this.#targets;
    const active = this.attached.filter(({ counts }) => counts.active);
    const ofType = (type: EventType) => active.filter(({ types }) => !types || types.includes(type));
    this.#targets = {
      byType: new Map(EVENT_TYPES.map((type) => [type, ofType(type)])),
      measuring: active.filter(({ subscriber }) => subscriber.measure),
    };
    return this.#targets;
  }

  attach(subscriber: AnySubscriber): Subscription {
    const name = toIdentifier(subscriber.name);
    const types = subscriber.types && [...subscriber.types];
    if (!name || typeof subscriber.handle !== "function" || types?.some((type) => !EVENT_TYPES.includes(type))) {
      throw new TypeError("subscribe needs a subscriber with a name, a handle method, and only types that exist");
    }
    const dropped: Record<DropReason, number> = { unsubscribed: 0, feedback: 0, backpressure: 0 };
    const counts = { name, active: true, accepted: 0, delivered: 0, failed: 0, dropped, pending: 0 };
    const added: Attached = {
      subscriber,
      types,
      counts,
      inFlight: new Set(),
      failuresInARow: 0,
      order: this.attachments++,
    };
    const unsubscribe = () => {
      counts.active = false;
      this.#setAttached(this.attached.filter((other) => other !== added));
    };
    this.#setAttached([...this.attached, added]);
    this.idle = false;
    return {
      name,
      get active() {
        return counts.active;
      },
      stats: () => statsOf(added),
      unsubscribe,
      [dispose]: unsubscribe,
    };
  }

  /** Calls a subscriber about something that is no delivery. What it throws counts as a delivery that failed. */
  ask<T>(to: Attached, about: string, call: (subscriber: AnySubscriber) => T): T | undefined {
    const fail = (error: unknown) => {
      accept(to);
      this.#fail(to, about, error);
    };
    try {
      const result = call(to.subscriber);
      if (result instanceof Promise) result.catch(fail);
      return result;
    } catch (error) {
      fail(error);
      return undefined;
    }
  }

  /** Publishes in the order of subscription, or queues behind what is being published. Never throws. */
  publish(item: Item, targets: readonly Attached[], relayed?: Relayed): void {
    for (const to of targets) accept(to);
    if (this.#publishing) this.#enqueue(item, targets, relayed);
    else {
      this.#publishing = true;
      for (const to of targets) this.#deliver(item, to, relayed);
      if (this.#queue.length > 0) this.#publishQueue();
      this.#publishing = false;
    }
  }

  #enqueue(item: Item, targets: readonly Attached[], relayed: Relayed | undefined): void {
    const depth = this.#depth + 1;
    if (depth <= MAX_FEEDBACK_DEPTH && this.#queue.length < MAX_FEEDBACK_TOTAL) {
      this.#queue.push({ item, targets, relayed, depth });
      return;
    }
    for (const to of targets) drop(to, "feedback", relayed);
    this.#report({ kind: "dropped", reason: "feedback", type: typeOf(item) });
  }

  #publishQueue(): void {
    // for-of also visits what is appended while it runs.
    for (const { item, targets, relayed, depth } of this.#queue) {
      this.#depth = depth;
      for (const to of targets) this.#deliver(item, to, relayed);
    }
    this.#queue = [];
    this.#depth = 0;
  }

  #deliver(item: Item, to: Attached, relayed: Relayed | undefined): void {
    const { counts, subscriber, inFlight } = to;
    if (!counts.active) drop(to, "unsubscribed", relayed);
    else if (inFlight.size >= MAX_IN_FLIGHT) {
      drop(to, "backpressure", relayed);
      this.#report({ kind: "dropped", reason: "backpressure", type: typeOf(item), subscriber: counts.name });
    } else {
      try {
        const result = "kind" in item ? subscriber.measure?.(item) : subscriber.handle(item, relayed?.context);
        if (result === undefined) succeed(to);
        else this.#follow(result, to, item, relayed);
      } catch (error) {
        this.#fail(to, typeOf(item), error, relayed);
      }
    }
  }

  #follow(result: PromiseLike<void>, to: Attached, item: Item, relayed: Relayed | undefined): void {
    // Promise.resolve also turns a thenable that throws into a rejection.
    const settled = Promise.resolve(result)
      .then(
        () => succeed(to),
        (error) => this.#fail(to, typeOf(item), error, relayed),
      )
      .then(() => {
        to.inFlight.delete(settled);
        if (relayed?.inFlight?.delete(to) && relayed.inFlight.size === 0) relayed.inFlight = undefined;
      });
    to.inFlight.add(settled);
    if (relayed === undefined) return;
    relayed.inFlight ??= new Map();
    relayed.inFlight.set(to, settled);
  }

  #fail(to: Attached, type: string, error: unknown, relayed?: Relayed): void {
    const { counts } = to;
    counts.pending--;
    counts.failed++;
    miss(to, relayed);
    const consecutiveFailures = ++to.failuresInARow;
    const about = { error, subscriber: counts.name, type, consecutiveFailures };
    this.#report({ kind: "subscriber_failed", ...about });
    if (counts.active && consecutiveFailures >= this.#maxConsecutiveFailures) {
      counts.active = false;
      this.#targets = undefined;
      this.#report({ kind: "subscriber_detached", ...about });
    }
  }

  #setAttached(attached: readonly Attached[]): void {
    this.attached = attached;
    this.#targets = undefined;
  }
}

/** The counts of one subscriber, as they are now. */
export function statsOf({ counts }: Attached): SubscriberStats {
  return { ...counts, dropped: { ...counts.dropped } };
}

function accept({ counts }: Attached): void {
  counts.accepted++;
  counts.pending++;
}

function succeed(to: Attached): void {
  to.counts.pending--;
  to.counts.delivered++;
  to.failuresInARow = 0;
}

function drop(to: Attached, reason: DropReason, relayed: Relayed | undefined): void {
  to.counts.pending--;
  to.counts.dropped[reason]++;
  miss(to, relayed);
}

function miss(to: Attached, relayed: Relayed | undefined): void {
  if (relayed === undefined) return;
  relayed.missedBy ??= new Set();
  relayed.missedBy.add(to);
}

function typeOf(item: Item): string {
  return "kind" in item ? item.kind : item.type;
}
