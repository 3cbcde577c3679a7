import type { AluminiEvent, HandleContext, MeasurementFields, SubscriberStats } from "@alumiini/core";
import type { RelayTarget, StoredSubscriber } from "../../src/index.js";

/** A subscriber that keeps what it takes, and stores it when it is let to. */
export class Store implements StoredSubscriber {
  readonly name: string;
  readonly taken: AluminiEvent[] = [];
  readonly contexts: unknown[] = [];
  /** What is done at `stored`. */
  onStored: (signal?: AbortSignal) => void | Promise<void> = () => {};
  waits = 0;

  constructor(name = "store") {
    this.name = name;
  }

  handle(event: AluminiEvent, context?: HandleContext): void {
    this.taken.push(event);
    this.contexts.push(context);
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
  readonly #subscribers: readonly StoredSubscriber[];
  readonly detached = new Set<string>();
  readonly suspensions: MeasurementFields["suspension"][] = [];
  refusing: string | undefined;

  constructor(...subscribers: readonly StoredSubscriber[]) {
    this.#subscribers = subscribers;
  }

  relay(event: AluminiEvent): "accepted" | "duplicate" | { readonly refused: string } {
    if (this.refusing !== undefined) return { refused: this.refusing };
    if (this.#seen.has(event.id)) return "duplicate";
    this.#seen.add(event.id);
    for (const subscriber of this.#subscribers) {
      if (!this.detached.has(subscriber.name)) subscriber.handle(event, { relayed: true, late: true });
    }
    return "accepted";
  }

  measure(_kind: string, fields: object): void {
    if ("suspended" in fields) this.suspensions.push(fields as MeasurementFields["suspension"]);
  }

  async stored({ subscribers = [] }: { readonly subscribers?: readonly string[] } = {}): Promise<void> {
    for (const name of subscribers) {
      const subscriber = this.#subscribers.find((attached) => attached.name === name);
      if (subscriber === undefined || this.detached.has(name)) throw new Error("not attached");
      await subscriber.stored();
    }
  }

  stats() {
    const none = { accepted: 0, delivered: 0, failed: 0, pending: 0 };
    const dropped: SubscriberStats["dropped"] = { unsubscribed: 0, feedback: 0, backpressure: 0 };
    const subscribers = this.#subscribers.map(({ name }) => ({
      ...none,
      dropped,
      name,
      active: !this.detached.has(name),
    }));
    return { subscribers, rejected: 0, afterClose: 0, openOperations: 0 };
  }
}
