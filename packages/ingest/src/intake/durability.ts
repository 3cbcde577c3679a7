import type { AluminiEvent } from "@alumiini/core";
import { BoundedIds } from "./bounded-ids.js";
import type { StoredSubscriber } from "./ports.js";
import { handOver, type Target } from "./target.js";

/** Waits until durable subscribers have stored what they took. */
export class Durability {
  readonly #subscribers: readonly StoredSubscriber[];
  readonly #names: readonly string[];
  readonly #timeoutMs: number;
  readonly #target: Target;
  /**
   * Events whose storing failed. They were relayed, so the target knows them and hands them over no second time: when
   * the source sends them again, the durable subscribers get them from here. One that is given by its name has to keep
   * what it could not store.
   */
  readonly #unstored = new BoundedIds();

  constructor(durable: readonly (string | StoredSubscriber)[], timeoutMs: number, target: Target) {
    this.#subscribers = durable.filter((subscriber) => typeof subscriber !== "string");
    this.#names = durable.filter((subscriber) => typeof subscriber === "string");
    this.#timeoutMs = timeoutMs;
    this.#target = target;
  }

  /** Resolves with whether all have stored the events, in time. */
  async store(events: readonly AluminiEvent[]): Promise<boolean> {
    if (this.#subscribers.length + this.#names.length === 0) return true;
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
      const all = this.#subscribers.map(async (subscriber) => subscriber.stored(abort.signal));
      if (this.#names.length > 0) all.push(this.#target.stored(this.#names, this.#timeoutMs));
      await Promise.race([Promise.all(all), deadline]);
    } finally {
      clearTimeout(timer);
    }
  }
}
