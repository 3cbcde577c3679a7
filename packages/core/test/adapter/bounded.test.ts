import { describe, expect, it } from "vitest";
import { BoundedMap, RateLimiter, readProperty } from "../../src/adapter/index.js";

describe("BoundedMap", () => {
  it("forgets what was set longest ago", () => {
    const map = new BoundedMap<string, number>(2);
    map.set("a", 1);
    map.set("b", 2);
    map.set("a", 3);
    map.set("c", 4);
    expect([...map]).toEqual([
      ["a", 3],
      ["c", 4],
    ]);
    expect([map.size, map.has("b"), map.delete("a"), map.get("a")]).toEqual([2, false, true, undefined]);
  });
});

describe("RateLimiter", () => {
  it("allows so much of each key in each window, and counts the rest", () => {
    const limiter = new RateLimiter(2, 1000);
    const take = (key: string, now: number) => limiter.take(key, now);
    expect(take("a", 0)).toEqual({ allowed: true, last: false, suppressed: 0 });
    expect(take("a", 1)).toEqual({ allowed: true, last: true, suppressed: 0 });
    expect(take("a", 2)).toEqual({ allowed: false, last: false, suppressed: 1 });
    expect(take("b", 2).allowed).toBe(true);
    expect(take("a", 999).allowed).toBe(false);
    expect(take("a", 1000)).toEqual({ allowed: true, last: false, suppressed: 2 });
    expect(take("a", 1001).suppressed).toBe(0);
  });

  it("remembers a bounded number of keys", () => {
    const limiter = new RateLimiter(1, 1000, 1);
    limiter.take("a", 0);
    limiter.take("b", 0);
    expect(limiter.take("a", 0).allowed).toBe(true);
  });
});

describe("readProperty", () => {
  const failing = () => ({
    get a() {
      throw new Error("not today");
    },
  });

  it("returns what is there, and undefined where nothing is", () => {
    expect(readProperty({ a: 1 }, "a")).toBe(1);
    expect(
      readProperty(
        Object.assign(() => {}, { a: 2 }),
        "a",
      ),
    ).toBe(2);
    expect(readProperty(null, "a")).toBeUndefined();
    expect(readProperty("text", "length")).toBeUndefined();
    expect(readProperty(failing(), "a")).toBeUndefined();
  });
});
