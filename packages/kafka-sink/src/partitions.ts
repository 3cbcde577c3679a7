/** How long a topic's number of partitions is believed, in milliseconds. */
const MAX_AGE_MS = 5 * 60_000;

/** Asks the cluster for a topic's number of partitions. */
export type FetchCount = (topic: string, signal: AbortSignal) => Promise<number>;

/** Knows how many partitions each topic has. */
export class PartitionCounts {
  readonly #fetch: FetchCount;
  readonly #known = new Map<string, { readonly count: number; readonly until: number }>();
  readonly #asked = new Map<string, Promise<number>>();

  constructor(fetch: FetchCount) {
    this.#fetch = fetch;
  }

  /** The topic's number of partitions. Without a promise while it is known. */
  of(topic: string, signal: AbortSignal): number | Promise<number> {
    const known = this.#known.get(topic);
    if (known !== undefined && performance.now() < known.until) return known.count;
    let asked = this.#asked.get(topic);
    if (asked === undefined) {
      asked = this.#ask(topic, signal).finally(() => this.#asked.delete(topic));
      this.#asked.set(topic, asked);
    }
    return asked;
  }

  /** The number that was found last, without asking; it may have changed. */
  lastKnown(topic: string): number | undefined {
    return this.#known.get(topic)?.count;
  }

  /** Asks again when the topic is used next: it may have been made anew, with another number of partitions. */
  forget(topic: string): void {
    this.#known.delete(topic);
  }

  async #ask(topic: string, signal: AbortSignal): Promise<number> {
    const count = await this.#fetch(topic, signal);
    if (!Number.isSafeInteger(count) || count < 1) throw new Error(`the client found ${count} partitions in the topic`);
    this.#known.set(topic, { count, until: performance.now() + MAX_AGE_MS });
    return count;
  }
}
