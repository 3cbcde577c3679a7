import { describe, expect, it } from "vitest";
import { createUlidGenerator } from "../../src/event/ulid.js";

const decodeTime = (id: string) =>
  [...id.slice(0, 10)].reduce((time, digit) => time * 32 + "0123456789ABCDEFGHJKMNPQRSTVWXYZ".indexOf(digit), 0);

describe("the ULID generator", () => {
  it("writes the time first and 80 random bits after it, in Crockford's alphabet", () => {
    const ulid = createUlidGenerator();
    for (const time of [0, 1, 1_734_350_400_000, 2 ** 48 - 1]) {
      const id = ulid(time);
      expect(id).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
      expect(decodeTime(id)).toBe(time);
    }
  });

  it("rises through a million ids of one millisecond", () => {
    const ulid = createUlidGenerator();
    let last = ulid(1000);
    let rising = true;
    for (let count = 0; count < 1_000_000; count++) {
      const id = ulid(1000);
      rising &&= id > last && id.length === 26;
      last = id;
    }
    expect(rising).toBe(true);
    expect(decodeTime(last)).toBe(1000);
  });

  it("rises while the clock goes back and forth", () => {
    const ulid = createUlidGenerator();
    const ids = Array.from({ length: 10_000 }, (_, index) => ulid(1_000_000 + ((index * 7919) % 5000) - index));
    expect(ids).toEqual([...new Set(ids)].sort());
  });

  it("never meets another generator's ids", () => {
    const generators = Array.from({ length: 100 }, createUlidGenerator);
    const ids = generators.flatMap((ulid) => Array.from({ length: 100 }, () => ulid(1000)));
    expect(new Set(ids).size).toBe(10_000);
  });
});
