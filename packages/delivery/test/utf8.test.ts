import fc from "fast-check";
import { expect, it } from "vitest";
import { encodeText, smallArray } from "../src/utf8.js";

const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.nat(5000).map((length) => "é".repeat(length)),
);

it("keeps each text as it was, whatever is encoded after it", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(texts, fc.nat(5000)), { maxLength: 60 }), (items) => {
      const made = items.map((item, index) => {
        if (typeof item === "string") return encodeText(item);
        return smallArray(item).fill(index);
      });
      for (const [index, item] of items.entries()) {
        const expected = typeof item === "string" ? Buffer.from(item) : Buffer.alloc(item, index);
        expect(expected.equals(made[index] ?? Buffer.of())).toBe(true);
      }
    }),
  );
});
