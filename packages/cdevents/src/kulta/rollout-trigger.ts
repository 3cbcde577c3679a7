import type { EventOf, Subscriber } from "@alumiini/core";
import { BoundedMap } from "@alumiini/core/adapter";

/** A sync that hands over to KULTA. */
export interface RolloutHandOff {
  /** `<namespace>/<name>`, as the event has it. */
  readonly rolloutRef: string;
  readonly commit?: string;
  /** The same for every replay of the sync; the event's id where the event belongs to no sync. */
  readonly syncId: string;
  readonly event: EventOf<"sync_completed">;
}

/** What `rolloutTrigger` takes. */
export interface RolloutTriggerOptions {
  /**
   * Starts the rollout; for KULTA, by applying its Rollout. What it throws or rejects with is reported to the
   * telemetry's `onFailure`.
   */
  readonly onRollout: (handOff: RolloutHandOff) => void | PromiseLike<void>;
}

/** Syncs that are remembered. */
const BOUND = 10_000;

/**
 * Makes a subscriber that calls `onRollout` for each completed sync with a `rolloutRef`, once for each sync (ADR-004
 * section 8). A replay calls it again only where it failed before. The latest 10,000 syncs are remembered, in this process:
 * let `onRollout` do the same again without harm where replays reach further. `flush` waits for the promises it returned.
 *
 * @example
 * ```ts
 * import { rolloutTrigger } from "@alumiini/cdevents";
 * import { createTelemetry } from "@alumiini/core";
 *
 * const telemetry = createTelemetry({ clusterId: "prod-us-east" });
 * telemetry.subscribe(
 *   rolloutTrigger({
 *     onRollout: async ({ rolloutRef, commit }) => {
 *       // apply the Rollout
 *     },
 *   }),
 * );
 * ```
 */
export function rolloutTrigger({ onRollout }: RolloutTriggerOptions): Subscriber<"sync_completed"> {
  const handedOver = new BoundedMap<string, true>(BOUND);
  let closed = false;
  return {
    name: "rollout-trigger",
    types: ["sync_completed"],
    handle(event) {
      const { rolloutRef, commit, syncId = event.id } = event;
      const key = JSON.stringify([event.clusterId, event.namespace, event.repoName, syncId]);
      if (closed || rolloutRef === undefined || handedOver.get(key)) return undefined;
      handedOver.set(key, true);
      const forget = (error: unknown): never => {
        handedOver.delete(key);
        throw error;
      };
      try {
        const result = onRollout({ rolloutRef, ...(commit !== undefined && { commit }), syncId, event });
        return result?.then(undefined, forget);
      } catch (error) {
        return forget(error);
      }
    },
    close() {
      closed = true;
    },
  };
}
