import type { FlushEpoch } from "../flush-epochs.js";

/** One key's messages that stay in the outbox while the rest of it is read. */
interface Parked {
  /** Its first record that is not in memory; all later ones of the key are not either. */
  from: number;
  readonly byEpoch: Map<FlushEpoch, number>;
}

/**
 * Keys that can't be sent now and hold their share of memory: the rest of their messages is passed over when the outbox
 * is read, so that other keys get by, and read later.
 */
export class ParkedKeys {
  readonly #keys = new Map<string, Parked>();

  get size(): number {
    return this.#keys.size;
  }

  keys(): Iterable<string> {
    return this.#keys.keys();
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** The first record of the key that is parked; infinite where none is. */
  from(key: string): number {
    return this.#keys.get(key)?.from ?? Number.POSITIVE_INFINITY;
  }

  /** Parks a message. What is parked of a key must be the last of it. */
  add(key: string, sequence: number, epoch: FlushEpoch): void {
    let parked = this.#keys.get(key);
    if (parked === undefined) {
      parked = { from: sequence, byEpoch: new Map() };
      this.#keys.set(key, parked);
    }
    parked.from = Math.min(parked.from, sequence);
    parked.byEpoch.set(epoch, (parked.byEpoch.get(epoch) ?? 0) + 1);
    epoch.parked++;
  }

  /** The key's first parked message is in memory now. Returns the epoch that it was counted in, if it was; `epoch` if it can. */
  remove(key: string, sequence: number, epoch: FlushEpoch): FlushEpoch | undefined {
    const parked = this.#keys.get(key);
    if (parked === undefined) return undefined;
    parked.from = sequence + 1;
    // A message that got its record late has a number that does not give its epoch.
    const counted = parked.byEpoch.has(epoch) ? epoch : [...parked.byEpoch.keys()].at(0);
    if (counted === undefined) return undefined;
    const left = (parked.byEpoch.get(counted) ?? 0) - 1;
    if (left === 0) parked.byEpoch.delete(counted);
    else parked.byEpoch.set(counted, left);
    counted.parked--;
    return counted;
  }

  /** Parks nothing any more. */
  clear(): void {
    for (const key of [...this.#keys.keys()]) this.complete(key);
  }

  /** All records of the key have been read. Returns how many were parked and did not come. */
  complete(key: string): number {
    let missing = 0;
    for (const [epoch, count] of this.#keys.get(key)?.byEpoch ?? []) {
      epoch.parked -= count;
      missing += count;
    }
    this.#keys.delete(key);
    return missing;
  }
}
