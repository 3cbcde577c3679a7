export const SECTOR_BYTES = 512;

/** A file with what programs see of it, and what a loss of power leaves. */
export class SimulatedFile {
  content: Buffer = Buffer.alloc(0);
  #safe: Buffer = Buffer.alloc(0);
  readonly #dirty = new Set<number>();

  write(bytes: Uint8Array, position: number): void {
    const size = Math.max(this.content.length, position + bytes.length);
    this.content = resized(this.content, size);
    this.content.set(bytes, position);
    const last = Math.floor((position + bytes.length - 1) / SECTOR_BYTES);
    for (let sector = Math.floor(position / SECTOR_BYTES); sector <= last; sector++) this.#dirty.add(sector);
  }

  truncate(size: number, random: () => number): void {
    // What is cut off may have reached the disk before.
    if (random() < 0.5) this.writeBack(random);
    this.content = resized(this.content, size);
  }

  sync(): void {
    this.#safe = resized(this.#safe, this.content.length);
    for (const sector of this.#dirty) this.#save(sector);
    this.#dirty.clear();
  }

  /** The sectors count as clean from now on, saved or not. Programs may see the old content again, or not. */
  failSync(random: () => number): void {
    this.writeBack(random);
    const isForgotten = random() < 0.5;
    for (const sector of this.#dirty) {
      const start = sector * SECTOR_BYTES;
      const old = resized(this.#safe.subarray(start, start + SECTOR_BYTES), SECTOR_BYTES);
      if (isForgotten && start < this.content.length) old.copy(this.content, start);
    }
    this.#dirty.clear();
  }

  /** Saves some of the sectors. */
  writeBack(random: () => number): void {
    for (const sector of [...this.#dirty]) {
      if (random() < 0.5) continue;
      this.#save(sector);
      this.#dirty.delete(sector);
    }
  }

  /** Leaves what is safe, any of the rest, and either size. */
  losePower(random: () => number): void {
    const size = random() < 0.5 ? this.content.length : this.#safe.length;
    this.writeBack(random);
    this.#dirty.clear();
    const left = resized(this.#safe, Math.max(size, this.#safe.length));
    this.content = resized(left, random() < 0.5 ? size : left.length);
    this.#safe = Buffer.from(this.content);
  }

  #save(sector: number): void {
    const start = sector * SECTOR_BYTES;
    const bytes = this.content.subarray(start, start + SECTOR_BYTES);
    this.#safe = resized(this.#safe, Math.max(this.#safe.length, start + bytes.length));
    bytes.copy(this.#safe, start);
  }
}

function resized(bytes: Buffer, size: number): Buffer {
  const copy = Buffer.alloc(size);
  bytes.copy(copy);
  return copy;
}
