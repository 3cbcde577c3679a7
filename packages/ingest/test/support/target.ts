import type { AluminiEvent } from "@alumiini/core";
import type { RelayTarget, StoredSubscriber } from "../../src/index.js";

/** A subscriber that keeps what it takes, and stores it when it is let to. */
export class Store implements StoredSubscriber {
  readonly name: string;
  readonly taken: AluminiEvent[] = [];
  readonly marks: unknown[] = [];
  /** What is done at `stored`. */
  onStored: (signal?: AbortSignal) => void | Promise<void> = () => {};
  waits = 0;

  constructor(name = "store") {
    this.name = name;
  }

  handle(event: AluminiEvent, mark: { readonly relayed: true }): void {
    this.taken.push(event);
    this.marks.push(mark);
  }

  stored(signal?: AbortSignal): void | Promise<void> {
    this.waits++;
    return this.onStored(signal);
  }

  get ids(): string[] {
    return [...new Set(this.taken.map(({ id }) => id))].sort();
  }
}

/** What a telemetry instance does with finished events, and no more. */
export class Relay implements RelayTarget {
  readonly clusterId = "test";
  readonly #seen = new Set<string>();
  readonly subscribers: Pick<StoredSubscriber, "name" | "handle">[];
  readonly detached = new Set<string>();
  refusing: string | undefined;

  constructor(...subscribers: Pick<StoredSubscriber, "name" | "handle">[]) {
    this.subscribers = subscribers;
  }

  relay(event: AluminiEvent): "accepted" | "duplicate" | { readonly refused: string } {
    if (this.refusing !== undefined) return { refused: this.refusing };
    if (this.#seen.has(event.id)) return "duplicate";
    this.#seen.add(event.id);
    for (const subscriber of this.subscribers) {
      if (!this.detached.has(subscriber.name)) subscriber.handle(event, { relayed: true });
    }
    return "accepted";
  }

  stats() {
    return { subscribers: this.subscribers.map(({ name }) => ({ name, active: !this.detached.has(name) })) };
  }
}
