import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SeenIds } from "../src/seen-ids.js";

const CAPACITY = 8;

/** Ids of every kind, each of which rises with the number. */
const KINDS: Readonly<Record<string, (number: number) => string>> = {
  "that are no ULIDs": (number) => String(number).padStart(3, "0"),
  "that differ at the end of a ULID": (number) => `01JF7Z3J8Q${String(number).padStart(16, "0")}`,
  "that differ in the middle of a ULID": (number) => `01JF7Z3J8Q${String(number).padStart(8, "0")}ZZZZZZZZ`,
  "that differ at the start of a ULID": (number) => `${String(number).padStart(10, "0")}ZZZZZZZZZZZZZZZZ`,
  "that are ULIDs or nearly so": (number) =>
    `01JF7Z3J8Q00000000000000${number % 2 ? "I" : ""}${number + 100}`.slice(0, 26),
};

describe("remembered ids", () => {
  it.each(Object.entries(KINDS))(
    "%s are known while they are among the last, and none that was never given",
    (_, idOf) => {
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 0, max: 40 })), (numbers) => {
          const seen = new SeenIds(CAPACITY);
          const given: string[] = [];
          for (const number of numbers) {
            const id = idOf(number);
            const isNew = seen.add(id);
            if (!given.includes(id)) expect(isNew).toBe(true);
            if (given.slice(-CAPACITY).includes(id)) expect(isNew).toBe(false);
            if (isNew) given.push(id);
          }
        }),
      );
    },
  );

  it.each([
    ["that rise", (index: number) => `01JF7Z3J8Q${String(index).padStart(16, "0")}`],
    ["that rise and are no ULIDs", (index: number) => String(index).padStart(6, "0")],
    ["that fall", (index: number) => String(999_999 - index)],
  ])("are forgotten in the end: ids %s", (_, idOf) => {
    const seen = new SeenIds(CAPACITY);
    for (let index = 0; index < 10 * CAPACITY; index++) expect(seen.add(idOf(index))).toBe(true);
    const again = Array.from({ length: 10 * CAPACITY }, (__, index) => seen.add(idOf(index)));
    expect(again.filter((isNew) => !isNew).length).toBeLessThanOrEqual(4 * CAPACITY);
  });
});
