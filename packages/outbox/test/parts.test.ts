import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeCheckpoint, encodeCheckpoint } from "../src/log/checkpoint.js";
import { RecordParser, writeRecord } from "../src/log/record.js";
import { SequenceSet } from "../src/log/sequence-set.js";

describe("SequenceSet", () => {
  const range = fc.tuple(fc.nat(20_000), fc.nat(9000));

  it("is a set, also when written down", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 40), fc.array(fc.oneof(fc.nat(20_000), range), { maxLength: 60 }), (base, changes) => {
        const model = new Set<number>();
        const set = new SequenceSet();
        for (const change of changes) {
          if (typeof change === "number") {
            expect(set.add(base + change)).toBe(!model.has(base + change));
            model.add(base + change);
          } else {
            const [from, length] = change;
            set.deleteRange(base + from, base + from + length);
            for (const member of model)
              if (member >= base + from && member < base + from + length) model.delete(member);
          }
        }
        const checkpoint = decodeCheckpoint(encodeCheckpoint(set, []));
        if (checkpoint.kind !== "intact") throw new Error(checkpoint.kind);
        for (const same of [set, checkpoint.done]) {
          expect(same.countMissing(base, base + 29_000)).toBe(29_000 - model.size);
          for (const member of model) expect(same.has(member)).toBe(true);
        }
        if (model.size === 0) expect(set.pageCount).toBe(0);
      }),
    );
  });
});

describe("RecordParser", () => {
  it("finds the same records in pieces of any size", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), fc.integer({ min: 1, max: 100 }), (payloads, size) => {
        const bytes = Buffer.alloc(payloads.reduce((sum, { length }) => sum + 16 + length, 0));
        const first = 2 ** 52;
        let end = 0;
        for (const [at, payload] of payloads.entries()) {
          writeRecord(bytes, end, first + at, payload);
          end += 16 + payload.length;
        }
        const before = first + payloads.length;
        const parser = new RecordParser({ position: 0, end, expected: first, before });
        const found: Uint8Array[] = [];
        while (!parser.finished) {
          const { position } = parser;
          const piece = bytes.subarray(position, position + Math.max(size, parser.needed));
          found.push(
            ...parser.parse(piece).flatMap(({ payload }) => (payload === undefined ? [] : Uint8Array.from(payload))),
          );
        }
        expect(found).toEqual(payloads.map((payload) => Uint8Array.from(payload)));
        expect(parser.position).toBe(end);
      }),
    );
  });
});
