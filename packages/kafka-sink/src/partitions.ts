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

/** Keys whose hash is remembered, at most. */
const MAX_REMEMBERED = 10_000;

const encoder = new TextEncoder();

/**
 * Chooses partitions as Kafka's Java client does, and every client that agrees with it, so that what others write under
 * the same key comes to the same partition.
 */
export class Partitioner {
  readonly #hashes = new Map<string, number>();

  /** The partition for a key among `count`. */
  choose(key: string, count: number): number {
    let hash = this.#hashes.get(key);
    if (hash === undefined) {
      if (this.#hashes.size >= MAX_REMEMBERED) this.#hashes.clear();
      hash = murmur2(encoder.encode(key)) & 0x7fffffff;
      this.#hashes.set(key, hash);
    }
    return hash % count;
  }
}

const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;

/** The hash that Kafka's Java client spreads keys with (MurmurHash 2, 32 bit, seed 0x9747b28c), as a signed integer. */
export function murmur2(data: Uint8Array): number {
  const { length } = data;
  const view = new DataView(data.buffer, data.byteOffset, length);
  const wholeWords = length - (length % 4);
  let hash = SEED ^ length;
  for (let at = 0; at < wholeWords; at += 4) {
    let word = Math.imul(view.getInt32(at, true), MULTIPLIER);
    word = Math.imul(word ^ (word >>> 24), MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ word;
  }
  if (wholeWords < length) {
    for (let at = wholeWords; at < length; at++) hash ^= view.getUint8(at) << (8 * (at - wholeWords));
    hash = Math.imul(hash, MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}
