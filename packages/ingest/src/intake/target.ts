import type { AluminiEvent, Subscriber } from "@alumiini/core";
import { aheadOfClock } from "@alumiini/core/adapter";
import type { Suspension } from "../mapping/mapper.js";
import { BoundedIds } from "./bounded-ids.js";
import type { RelayTarget } from "./ports.js";

/** Takes finished events. */
export interface Target {
  readonly clusterId: string | undefined;
  /** Returns `refused` with the word of the target. */
  take(event: AluminiEvent): "accepted" | "duplicate" | { readonly refused: string };
  /** Takes what is no event. */
  suspend(clusterId: string, suspension: Suspension): void;
  /**
   * Resolves when the subscribers of these names have stored what they took, these events included. Rejects where they
   * can't confirm it in time, or one is not attached. Absent where there is no telemetry instance that knows names.
   *
   * @param eventsOnly whether it need not wait for anything else
   */
  stored?(
    subscribers: readonly string[],
    eventIds: readonly string[],
    eventsOnly: boolean,
    timeoutMs: number,
  ): Promise<void>;
}

/** Milliseconds after which an event is of the past, as telemetry instances have it by default. */
const LATE_AFTER_MS = 3_600_000;

export function targetOf(to: RelayTarget | Subscriber): Target {
  return "relay" in to ? relayTarget(to) : subscriberTarget(to);
}

function relayTarget(to: RelayTarget): Target {
  return {
    clusterId: to.clusterId,
    take: (event) => to.relay(event),
    suspend: (clusterId, { repoName, namespace, suspended }) =>
      to.measure("suspension", { clusterId, repoName, namespace, suspended }),
    stored: (subscribers, eventIds, eventsOnly, timeoutMs) =>
      to.stored({ subscribers, eventIds, eventsOnly, timeoutMs }),
  };
}

/** A subscriber on its own: what a telemetry instance would do for it is done here. */
function subscriberTarget(to: Subscriber): Target {
  const seen = new BoundedIds();
  return {
    clusterId: undefined,
    take(event) {
      if (seen.has(event.id)) return "duplicate";
      const ahead = aheadOfClock(event.timestamp, Date.now());
      if (ahead !== undefined) return { refused: ahead };
      if (to.types !== undefined && !to.types.includes(event.type)) return "accepted";
      // What it throws goes to the caller: nothing was taken.
      handOver(to, event);
      seen.add(event.id);
      return "accepted";
    },
    suspend() {},
  };
}

/** Hands an event over. If its promise fails, that is up to the subscriber: `stored` says whether it has the event. */
export function handOver(to: Pick<Subscriber, "handle">, event: AluminiEvent): void {
  const late = Date.now() - event.timestamp > LATE_AFTER_MS;
  to.handle(event, { relayed: true, late })?.then(undefined, () => {});
}
