/** Marks kept at most. Beyond it every second one goes. */
const MAX_MARKS = 4096;

interface Mark {
  readonly sequence: number;
  readonly time: number;
}

/** When records were appended, to about a second, in bounded memory. */
export class AppendTimes {
  #marks: Mark[] = [];
  #stepMs = 1000;

  /** Notes when a record was appended, in milliseconds since 1970. Sequences come ascending. */
  note(sequence: number, time: number): void {
    const last = this.#marks.at(-1);
    if (last !== undefined && time >= last.time && time < last.time + this.#stepMs) return;
    this.#marks.push({ sequence, time });
    if (this.#marks.length <= MAX_MARKS) return;
    // A record whose mark goes seems as old as the one before it: older, never younger.
    this.#marks = this.#marks.filter((_, at) => at % 2 === 0);
    this.#stepMs *= 2;
  }

  /** When the record was appended, or a little before; `undefined` where that is not known. */
  of(sequence: number): number | undefined {
    let low = 0;
    let high = this.#marks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#marks[middle]?.sequence ?? 0) <= sequence) low = middle + 1;
      else high = middle;
    }
    return this.#marks[low - 1]?.time;
  }
}
