import { murmur2 } from "./murmur2.js";

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
