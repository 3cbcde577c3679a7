import { BoundedMap } from "../adapter/bounded-map.js";
import { repositoryKey } from "../event/attributes.js";
import type { AluminiEvent } from "../event/event.js";

/** Failed syncs under way that are remembered, of all repositories; beyond it the oldest is forgotten. */
const MAX_SYNCS = 1000;

/** Remembers the syncs of which a step has failed: the sync then fails for the same reason. */
export class FailedSteps {
  /** One without an id is its repository's. */
  readonly #syncs = new BoundedMap<string, true>(MAX_SYNCS);

  /** Takes the next event; returns whether it is the end of a sync of which a step has failed. */
  repeats(event: AluminiEvent): boolean {
    switch (event.type) {
      case "git_fetched":
      case "git_cloned":
      case "apply_failed":
        if (event.outcome === "failure" || event.outcome === "timeout") this.#syncs.set(keyOf(event), true);
        return false;
      case "sync_started":
      case "sync_completed":
        if (this.#syncs.size > 0) this.#syncs.delete(keyOf(event));
        return false;
      case "sync_failed":
        return this.#syncs.size > 0 && this.#syncs.delete(keyOf(event));
      default:
        return false;
    }
  }
}

function keyOf(event: AluminiEvent): string {
  return `${repositoryKey(event)}\n${event.syncId}`;
}
