/** Sequences that one page of bits stands for. */
const PAGE_SEQUENCES = 4096;
export const PAGE_BYTES = PAGE_SEQUENCES / 8;

interface Page {
  readonly bits: Uint8Array;
  /** Bits that are set; a page without any is removed. */
  count: number;
}

/** A set of sequences, one bit each: small where its members stand close together, as acknowledgements do. */
export class SequenceSet {
  readonly #pages = new Map<number, Page>();

  has(sequence: number): boolean {
    const index = Math.floor(sequence / PAGE_SEQUENCES);
    const bit = sequence - index * PAGE_SEQUENCES;
    return ((this.#pages.get(index)?.bits[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0;
  }

  /** Returns whether the sequence is new in the set. */
  add(sequence: number): boolean {
    const index = Math.floor(sequence / PAGE_SEQUENCES);
    const bit = sequence - index * PAGE_SEQUENCES;
    let page = this.#pages.get(index);
    if (page === undefined) {
      page = { bits: new Uint8Array(PAGE_BYTES), count: 0 };
      this.#pages.set(index, page);
    }
    const byte = page.bits[bit >> 3] ?? 0;
    if ((byte & (1 << (bit & 7))) !== 0) return false;
    page.bits[bit >> 3] = byte | (1 << (bit & 7));
    page.count++;
    return true;
  }

  /** Removes the sequences from `from` up to, but without, `to`. */
  deleteRange(from: number, to: number): void {
    for (let sequence = from; sequence < to; ) {
      const index = Math.floor(sequence / PAGE_SEQUENCES);
      const pageStart = index * PAGE_SEQUENCES;
      const stop = Math.min(to, pageStart + PAGE_SEQUENCES);
      const page = this.#pages.get(index);
      if (page !== undefined) {
        for (let bit = sequence - pageStart; bit < stop - pageStart; bit++) clear(page, bit);
        if (page.count === 0) this.#pages.delete(index);
      }
      sequence = stop;
    }
  }

  /** How many sequences from `from` up to, but without, `to` are not in the set. */
  countMissing(from: number, to: number): number {
    let missing = 0;
    for (let sequence = from; sequence < to; sequence++) if (!this.has(sequence)) missing++;
    return missing;
  }

  /** The first sequence from `from` on that is not in the set; `to` where all before it are. */
  firstMissing(from: number, to: number): number {
    let sequence = from;
    while (sequence < to && this.has(sequence)) sequence++;
    return sequence;
  }

  /** Whether all sequences from `from` up to, but without, `to` are in the set. */
  hasAll(from: number, to: number): boolean {
    return this.firstMissing(from, to) === to;
  }

  /** The pages, for writing them down. */
  *pages(): Generator<readonly [index: number, bits: Uint8Array]> {
    for (const [index, { bits }] of this.#pages) yield [index, bits];
  }

  get pageCount(): number {
    return this.#pages.size;
  }

  /** Takes a page that was written down. */
  setPage(index: number, bits: Uint8Array): void {
    const page = { bits: Uint8Array.from(bits), count: 0 };
    for (let bit = 0; bit < PAGE_SEQUENCES; bit++) if (((bits[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0) page.count++;
    if (page.count > 0) this.#pages.set(index, page);
  }
}

function clear(page: Page, bit: number): void {
  const byte = page.bits[bit >> 3] ?? 0;
  if ((byte & (1 << (bit & 7))) === 0) return;
  page.bits[bit >> 3] = byte & ~(1 << (bit & 7));
  page.count--;
}
