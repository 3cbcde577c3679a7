import type { AluminiEvent } from "@alumiini/core";
import { BoundedIds } from "./bounded-ids.js";
import type { EventSubscriber, RelayTarget } from "./ports.js";

/** Takes finished events. */
export interface Target {
  readonly clusterId: string | undefined;
  /** Returns `refused` with the word of the target. */
  take(event: AluminiEvent): "accepted" | "duplicate" | { readonly refused: string };
  /** Whether the subscriber of that name gets no events any more. */
  isDetached(name: string): boolean;
}

const RELAYED = Object.freeze({ relayed: true });

export function targetOf(to: RelayTarget | EventSubscriber): Target {
  return "relay" in to ? relayTarget(to) : subscriberTarget(to);
}

function relayTarget(to: RelayTarget): Target {
  return {
    clusterId: to.clusterId,
    take: (event) => to.relay(event),
    isDetached: (name) => !to.stats().subscribers.some((subscriber) => subscriber.name === name && subscriber.active),
  };
}

/** A subscriber on its own: what a telemetry instance would do for it is done here. */
function subscriberTarget(to: EventSubscriber): Target {
  const seen = new BoundedIds();
  return {
    clusterId: undefined,
    take(event) {
      if (seen.has(event.id)) return "duplicate";
      if (to.types !== undefined && !to.types.includes(event.type)) return "accepted";
      // What it throws goes to the caller: nothing was taken.
      handOver(to, event);
      seen.add(event.id);
      return "accepted";
    },
    isDetached: () => false,
  };
}

/** Hands an event over. A promise that fails is the subscriber's own matter: `stored` tells whether it has the event. */
export function handOver(to: Pick<EventSubscriber, "handle">, event: AluminiEvent): void {
  to.handle(event, RELAYED)?.then(undefined, () => {});
}
