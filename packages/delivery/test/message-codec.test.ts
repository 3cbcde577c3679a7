import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeAccepted, decodeMessage, encodeMessage, type Message } from "../src/index.js";

const text = fc.string({ unit: "binary", maxLength: 30 });
const anyMessage: fc.Arbitrary<Message> = fc.record({
  id: text,
  key: text,
  destination: text,
  headers: fc.dictionary(text, text, { maxKeys: 4, noNullPrototype: true }),
  body: fc.uint8Array({ maxLength: 100 }),
});

describe("a message as bytes", () => {
  it("comes back as it was, half surrogate pairs included", () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(decodeMessage(encodeMessage(message))).toEqual(message);
      }),
    );
  });

  it("comes back from the middle of a larger buffer, and keeps no hold on it", () => {
    const bytes = encodeMessage({ id: "1", key: "k", destination: "d", headers: {}, body: new Uint8Array([7, 8]) });
    const larger = new Uint8Array(1000);
    larger.set(bytes, 500);
    const back = decodeMessage(larger.subarray(500, 500 + bytes.length));
    expect(back?.body).toEqual(new Uint8Array([7, 8]));
    expect(back?.body.buffer.byteLength).toBe(2);
  });

  it("is stable: records of one release are read by the next", () => {
    const message = { id: "i", key: "k", destination: "d", headers: { h: "v" }, body: new Uint8Array([255]) };
    const record = (json: string) => [1, 0, 0, 0, json.length, ...new TextEncoder().encode(json), 255];
    const now = record('["i","k","d",{"h":"v"},1764000000000]');
    expect([...encodeMessage(message, 1_764_000_000_000)]).toEqual(now);
    expect(decodeAccepted(new Uint8Array(now))).toEqual({ message, acceptedAt: 1_764_000_000_000 });
    const withoutTime = new Uint8Array(record('["i","k","d",{"h":"v"}]'));
    expect(decodeAccepted(withoutTime)).toEqual({ message, acceptedAt: undefined });
  });

  it("is nothing where the bytes are no message, whatever they are", () => {
    const record = (json: string) => {
      const head = new TextEncoder().encode(json);
      return new Uint8Array([1, 0, 0, 0, head.length, ...head]);
    };
    for (const bytes of [
      new Uint8Array(0),
      new Uint8Array([1, 0, 0]),
      new Uint8Array([2, 0, 0, 0, 2, 91, 93]),
      new Uint8Array([1, 255, 255, 255, 255, 91, 93]),
      new Uint8Array([1, 0, 0, 0, 1, 0xff]),
      record("{}"),
      record("[1,2"),
      record('["i","k","d"]'),
      record('["i","k",null,{}]'),
      record('["i","k","d",null]'),
      record('["i","k","d",[]]'),
      record('["i","k","d",{"h":1}]'),
    ]) {
      expect(decodeMessage(bytes), String(bytes)).toBeUndefined();
    }
  });

  it("never throws on damaged bytes", () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(), fc.nat({ max: 255 }), (message, place, value) => {
        const bytes = encodeMessage(message);
        bytes[place % bytes.length] = value;
        decodeMessage(bytes.subarray(0, place % (bytes.length + 1)));
        decodeMessage(bytes);
      }),
    );
  });
});
