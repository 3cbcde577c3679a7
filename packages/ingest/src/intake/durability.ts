import type { AluminiEvent } from "@alumiini/core";
import { BoundedIds } from "./bounded-ids.js";
import type { StoredSubscriber } from "./ports.js";
import { handOver, type Target } from "./target.js";

/** Waits until durable subscribers have stored what they took. */
export class Durability {
  readonly #subscribers: readonly StoredSubscriber[];
  readonly #timeoutMs: number;
  readonly #target: Target;
  /**
   * Events whose storing failed. They were relayed, so the target knows them and hands them over no second time: when
   * the source sends them again, the durable subscribers get them from here.
   */
  readonly #unstored = new BoundedIds();

  constructor(subscribers: readonly StoredSubscriber[], timeoutMs: number, target: Target) {
    this.#subscribers = subscribers;
    this.#timeoutMs = timeoutMs;
    this.#target = target;
  }

  /** Resolves with whether all have stored the events, in time. */
  async store(events: readonly AluminiEvent[]): Promise<boolean> {
    if (this.#subscribers.length === 0 || events.length === 0) return true;
    try {
      const missed = events.filter(({ id }) => this.#unstored.has(id));
      for (const subscriber of this.#subscribers) for (const event of missed) handOver(subscriber, event);
      if (this.#subscribers.some(({ name }) => this.#target.isDetached(name))) throw new Error("detached");
      await this.#stored();
      for (const { id } of missed) this.#unstored.delete(id);
      return true;
    } catch {
      for (const { id } of events) this.#unstored.add(id);
      return false;
    }
  }

  async #stored(): Promise<void> {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error("not in time"));
        abort.abort();
      }, this.#timeoutMs);
    });
    try {
      const all = Promise.all(this.#subscribers.map(async (subscriber) => subscriber.stored(abort.signal)));
      await Promise.race([all, deadline]);
    } finally {
      clearTimeout(timer);
    }
  }
}
