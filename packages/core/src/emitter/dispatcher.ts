import type { AluminiEvent } from "../event/event.js";
import type { Measurement } from "../event/measurement.js";
import { toIdentifier } from "../event/sanitize.js";
import { EVENT_TYPES, type EventType } from "../event/vocabulary.js";
import type { Report } from "./failure.js";
import type { AnySubscriber, DropReason, SubscriberStats, Subscription } from "./subscriber.js";

/** How many times in a row an event may come from the handling of an event before the chain is cut. */
const MAX_FEEDBACK_DEPTH = 16;
/** How many events and measurements the handling of one may cause, directly or through others. */
const MAX_FEEDBACK_TOTAL = 1000;
/** Promises of one subscriber that may be unsettled before more is dropped for it. */
const MAX_IN_FLIGHT = 10_000;

const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

type Item = AluminiEvent | Measurement;

/** One subscriber attached. */
export interface Attached {
  readonly subscriber: AnySubscriber;
  /** Those that it asked for when it was attached; all when absent. */
  readonly types: readonly EventType[] | undefined;
  readonly counts: { -readonly [K in keyof SubscriberStats]: SubscriberStats[K] } & {
    readonly dropped: Record<DropReason, number>;
  };
  /** Promises of `handle` and `measure` that have not settled. */
  readonly inFlight: Set<Promise<void>>;
  failuresInARow: number;
}

/** The active subscribers of each event type, and those that take measurements. */
interface Lists {
  readonly byType: ReadonlyMap<EventType, readonly Attached[]>;
  readonly measuring: readonly Attached[];
}

/** Who gets what. Lists are replaced, never changed, so that subscribing does not disturb what is being published. */
export interface Dispatcher {
  /** True until somebody subscribes: nothing needs to be made. */
  idle: boolean;
  lists(): Lists;
  /** Everybody to flush and close, in the order of subscription. */
  attached: readonly Attached[];
  attach(subscriber: AnySubscriber): Subscription;
  /** Calls a subscriber about something that is no delivery. What it throws counts as a delivery that failed. */
  ask<T>(to: Attached, about: string, call: (subscriber: AnySubscriber) => T): T | undefined;
  /** Publishes in the order of subscription, or queues behind what is being published. Never throws. */
  publish(item: Item | undefined, targets: readonly Attached[]): void;
}

/** Hands over, counts, and keeps the failures of each subscriber from everybody else. */
export function createDispatcher(report: Report, maxConsecutiveFailures: number): Dispatcher {
  /** Made when needed, and forgotten when somebody comes or goes. */
  let current: Lists | undefined;
  let queue: { readonly item: Item; readonly targets: readonly Attached[]; readonly depth: number }[] = [];
  let dispatching = false;
  let currentDepth = 0;

  function lists(): Lists {
    if (current) return current;
    const active = dispatcher.attached.filter(({ counts }) => counts.active);
    const ofType = (type: EventType) => active.filter(({ types }) => !types || types.includes(type));
    current = {
      byType: new Map(EVENT_TYPES.map((type) => [type, ofType(type)])),
      measuring: active.filter(({ subscriber }) => subscriber.measure),
    };
    return current;
  }

  function deliver(item: Item, to: Attached): void {
    const { counts, subscriber, inFlight } = to;
    if (!counts.active) drop(to, "unsubscribed");
    else if (inFlight.size >= MAX_IN_FLIGHT) {
      drop(to, "backpressure");
      report({ kind: "dropped", reason: "backpressure", type: typeOf(item), subscriber: counts.name });
    } else {
      try {
        const result = "kind" in item ? subscriber.measure?.(item) : subscriber.handle(item);
        if (result === undefined) settle(to, item);
        else follow(result, to, item);
      } catch (error) {
        settle(to, item, { error });
      }
    }
  }

  function follow(result: PromiseLike<void>, to: Attached, item: Item): void {
    // Promise.resolve also turns a thenable that throws into a rejection.
    const settled = Promise.resolve(result)
      .then(
        () => settle(to, item),
        (error) => settle(to, item, { error }),
      )
      .then(() => {
        to.inFlight.delete(settled);
      });
    to.inFlight.add(settled);
  }

  function settle(to: Attached, item: Item | string, failure?: { readonly error: unknown }): void {
    const { counts } = to;
    counts.pending--;
    if (failure === undefined) {
      counts.delivered++;
      to.failuresInARow = 0;
      return;
    }
    counts.failed++;
    const consecutiveFailures = ++to.failuresInARow;
    const about = { ...failure, subscriber: counts.name, type: typeOf(item), consecutiveFailures };
    report({ kind: "subscriber_failed", ...about });
    if (counts.active && consecutiveFailures >= maxConsecutiveFailures) {
      counts.active = false;
      current = undefined;
      report({ kind: "subscriber_detached", ...about });
    }
  }

  const dispatcher: Dispatcher = {
    idle: true,
    attached: [],

    lists,

    attach(subscriber) {
      const name = toIdentifier(subscriber.name);
      const types = subscriber.types && [...subscriber.types];
      if (!name || typeof subscriber.handle !== "function" || types?.some((type) => !EVENT_TYPES.includes(type))) {
        throw new TypeError("subscribe needs a subscriber with a name, a handle method, and only types that exist");
      }

      const dropped: Record<DropReason, number> = { unsubscribed: 0, feedback: 0, backpressure: 0 };
      const counts = { name, active: true, accepted: 0, delivered: 0, failed: 0, dropped, pending: 0 };
      const added: Attached = { subscriber, types, counts, inFlight: new Set(), failuresInARow: 0 };
      const unsubscribe = () => {
        counts.active = false;
        dispatcher.attached = dispatcher.attached.filter((other) => other !== added);
        current = undefined;
      };
      dispatcher.attached = [...dispatcher.attached, added];
      dispatcher.idle = false;
      current = undefined;
      return {
        name,
        get active() {
          return counts.active;
        },
        stats: () => statsOf(added),
        unsubscribe,
        [dispose]: unsubscribe,
      };
    },

    ask(to, about, call) {
      const fail = (error: unknown) => {
        accept(to);
        settle(to, about, { error });
      };
      try {
        const answer = call(to.subscriber);
        if (answer instanceof Promise) answer.catch(fail);
        return answer;
      } catch (error) {
        fail(error);
        return undefined;
      }
    },

    publish(item, targets) {
      if (!item) return;
      for (const to of targets) accept(to);
      if (dispatching) {
        const depth = currentDepth + 1;
        if (depth <= MAX_FEEDBACK_DEPTH && queue.length < MAX_FEEDBACK_TOTAL) queue.push({ item, targets, depth });
        else {
          for (const to of targets) drop(to, "feedback");
          report({ kind: "dropped", reason: "feedback", type: typeOf(item) });
        }
        return;
      }
      dispatching = true;
      for (const to of targets) deliver(item, to);
      if (queue.length > 0) {
        // for-of also visits what is appended while it runs.
        for (const next of queue) {
          currentDepth = next.depth;
          for (const to of next.targets) deliver(next.item, to);
        }
        queue = [];
        currentDepth = 0;
      }
      dispatching = false;
    },
  };
  return dispatcher;
}

/** The counts of one subscriber, as they are now. */
export function statsOf({ counts }: Attached): SubscriberStats {
  return { ...counts, dropped: { ...counts.dropped } };
}

function accept({ counts }: Attached): void {
  counts.accepted++;
  counts.pending++;
}

function drop({ counts }: Attached, reason: DropReason): void {
  counts.pending--;
  counts.dropped[reason]++;
}

function typeOf(item: Item | string): string {
  if (typeof item === "string") return item;
  return "kind" in item ? item.kind : item.type;
}
