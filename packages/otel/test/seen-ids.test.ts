import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SeenIds } from "../src/seen-ids.js";

const CAPACITY = 8;

describe("remembered ids", () => {
  it("are known while they are among the last, and no id is that was never given", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 })), (numbers) => {
        const seen = new SeenIds(CAPACITY);
        const given: string[] = [];
        for (const number of numbers) {
          const id = String(number).padStart(3, "0");
          const isNew = seen.add(id);
          if (!given.includes(id)) expect(isNew).toBe(true);
          if (given.slice(-CAPACITY).includes(id)) expect(isNew).toBe(false);
          if (isNew) given.push(id);
        }
      }),
    );
  });

  it.each([
    ["that rise", (index: number) => String(index).padStart(6, "0")],
    ["that fall", (index: number) => String(999_999 - index)],
  ])("are forgotten in the end: ids %s", (_, idOf) => {
    const seen = new SeenIds(CAPACITY);
    for (let index = 0; index < 10 * CAPACITY; index++) expect(seen.add(idOf(index))).toBe(true);
    const again = Array.from({ length: 10 * CAPACITY }, (__, index) => seen.add(idOf(index)));
    expect(again.filter((isNew) => !isNew).length).toBeLessThanOrEqual(4 * CAPACITY);
  });
});
