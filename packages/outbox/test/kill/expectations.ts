import { expect } from "vitest";

/** What the processes were promised, and whether it has been kept. */
export class Expectations {
  /** Flushed and not acknowledged. */
  readonly #safe = new Set<string>();
  /** Acknowledged, and flushed since. */
  readonly #gone = new Set<string>();
  #found: string[] = [];
  kept = 0;

  /** Takes the output of one process. */
  take(session: number, output: string): void {
    this.#found = [];
    // Its last line may be half a line.
    for (const line of output.split("\n").slice(0, -1)) this.#takeLine(session, line);
    // It acknowledged them, and may not have lived to say that this was flushed.
    for (const id of this.#found) this.#safe.delete(id);
  }

  #takeLine(session: number, line: string): void {
    const [word, ...values] = line.split(" ");
    if (word === "found") this.#found.push(values.join(" "));
    else if (word === "read") this.#compare(line);
    else if (word === "gone") this.#forgetFound();
    else if (word === "safe") this.#promise(session, Number(values[0]), Number(values[1]));
    else expect.unreachable(line);
  }

  #compare(line: string): void {
    expect(line).toBe("read with 0 damaged");
    const found = new Set(this.#found);
    expect(found.size, "each once").toBe(this.#found.length);
    expect(
      [...this.#safe].filter((id) => !found.has(id)),
      "flushed and lost",
    ).toEqual([]);
    expect(
      this.#found.filter((id) => this.#gone.has(id)),
      "acknowledged and back",
    ).toEqual([]);
    const places = this.#found.map(placeOf);
    expect(places, "in order").toEqual(places.toSorted((a, b) => a - b));
    this.kept += this.#safe.size;
  }

  #forgetFound(): void {
    for (const id of this.#found) this.#gone.add(id);
  }

  #promise(session: number, from: number, to: number): void {
    for (let record = from; record < to; record++) {
      (record % 3 === 0 ? this.#gone : this.#safe).add(`${session}:${record}`);
    }
  }
}

/** Sessions and their records rise. */
function placeOf(id: string): number {
  const [session, record] = id.split(":").map(Number);
  return (session ?? Number.NaN) * 1e9 + (record ?? Number.NaN);
}
