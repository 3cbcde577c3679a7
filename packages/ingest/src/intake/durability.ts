import type { AluminiEvent } from "@alumiini/core";
import { BoundedIds } from "./bounded-ids.js";
import type { StoredSubscriber } from "./ports.js";
import { handOver, type Target } from "./target.js";

/** Waits until durable subscribers have stored what they took. */
export class Durability {
  readonly #names: readonly string[];
  /** Those that are here themselves, not by name. */
  readonly #subscribers: readonly StoredSubscriber[];
  readonly #timeoutMs: number;
  readonly #target: Target;
  /**
   * Events whose storing failed. The target knows them and hands them over no second time: when the source sends them
   * again, the durable subscribers get them from here. One that is given by its name has to keep what it could not
   * store.
   */
  readonly #unstored = new BoundedIds();

  constructor(durable: readonly (string | StoredSubscriber)[], timeoutMs: number, target: Target) {
    this.#names = durable.map((subscriber) => (typeof subscriber === "string" ? subscriber : subscriber.name));
    this.#subscribers = durable.filter((subscriber) => typeof subscriber !== "string");
    this.#timeoutMs = timeoutMs;
    this.#target = target;
  }

  /**
   * Resolves with whether all have stored the events, in time.
   *
   * @param eventsOnly whether nothing else came with them that must be stored, too
   */
  async store(events: readonly AluminiEvent[], eventsOnly: boolean): Promise<boolean> {
    if (this.#names.length === 0) return true;
    const ids = events.map(({ id }) => id);
    try {
      const missed = events.filter(({ id }) => this.#unstored.has(id));
      for (const subscriber of this.#subscribers) for (const event of missed) handOver(subscriber, event);
      await (this.#target.stored?.(this.#names, ids, eventsOnly, this.#timeoutMs) ??
        this.#stored(eventsOnly ? ids : undefined));
      for (const { id } of missed) this.#unstored.delete(id);
      return true;
    } catch {
      for (const id of ids) this.#unstored.add(id);
      return false;
    }
  }

  /** Asks the subscribers themselves. */
  async #stored(ids: readonly string[] | undefined): Promise<void> {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error("not in time"));
        abort.abort();
      }, this.#timeoutMs);
    });
    try {
      const all = this.#subscribers.map(async (subscriber) => subscriber.stored(abort.signal, ids));
      await Promise.race([Promise.all(all), deadline]);
    } finally {
      clearTimeout(timer);
    }
  }
}
