const HASHES = 6;
/** Below one false hit in 3,000 with six hashes. */
const BITS_PER_ID = 20;
/** 8 MiB: room for three million ids. */
const SMALLEST_BITS = 2 ** 26;
const LARGEST_BITS = 2 ** 32;

/** A set of ids that may say "yes" of one that it does not hold, and never "no" of one that it does. */
export class BloomFilter {
  readonly #words: Uint32Array;
  readonly #mask: number;
  #size = 0;

  /** @param ids how many it should have room for */
  constructor(ids: number) {
    let bits = SMALLEST_BITS;
    while (bits < ids * BITS_PER_ID && bits < LARGEST_BITS) bits *= 2;
    this.#words = new Uint32Array(bits / 32);
    this.#mask = bits - 1;
  }

  /** How many ids it takes before false hits get frequent. */
  get capacity(): number {
    return Math.floor((this.#mask + 1) / BITS_PER_ID);
  }

  /** How many have been added. */
  get size(): number {
    return this.#size;
  }

  add(id: string): void {
    this.#size++;
    const [first, step] = hashes(id);
    for (let i = 0; i < HASHES; i++) {
      const bit = ((first + Math.imul(i, step)) & this.#mask) >>> 0;
      this.#words[bit >>> 5] = (this.#words[bit >>> 5] ?? 0) | (1 << (bit & 31));
    }
  }

  mayHold(id: string): boolean {
    const [first, step] = hashes(id);
    for (let i = 0; i < HASHES; i++) {
      const bit = ((first + Math.imul(i, step)) & this.#mask) >>> 0;
      if (((this.#words[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) return false;
    }
    return true;
  }
}

/** Two 32-bit hashes (FNV-1a with murmur's finish, from two seeds): the k-th bit is the first plus k times the second. */
function hashes(id: string): [number, number] {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let i = 0; i < id.length; i++) {
    const code = id.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
    b ^= b >>> 13;
  }
  return [finish(a), (finish(b) | 1) >>> 0];
}

function finish(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
