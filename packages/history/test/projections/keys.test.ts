import fc from "fast-check";
import { expect, it } from "vitest";
import { keyOf, lastPartOf, partsOf } from "../../src/projections/keys.js";

const name = fc.string().map((text) => text.replaceAll("\u0000", ""));

it("a key gives back the names that it is made of, whatever they are", () => {
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), (names) => {
      expect(partsOf(keyOf(...names))).toEqual(names);
      expect(lastPartOf(keyOf(...names))).toBe(names.at(-1));
    }),
  );
});
