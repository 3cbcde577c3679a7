import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readJournal } from "../src/chaos/journal.ts";
import { expectKept } from "../src/chaos/outcome.ts";

const dropped = {
  overflow: 0,
  too_large: 0,
  rejected: 0,
  attempts_exhausted: 0,
  expired: 0,
  encode_failed: 0,
  outbox: 0,
  closed: 0,
};
const stats = { accepted: 3, delivered: 3, pending: 0, dropped };
const journal = { emitted: 3, kept: new Set([1, 2]), dead: new Map<number, string>(), stats };
const read = (numbers: readonly number[]) => numbers.map((number) => ({ id: `id ${number}`, number, repository: "a" }));

describe("the outcome of chaos", () => {
  it.each([
    ["all is read", [1, 2, 3], "3 read back, 0 given up, 0 duplicates"],
    ["what was never confirmed is not", [1, 2], "2 read back, 0 given up, 0 duplicates"],
    ["some is read twice", [1, 2, 1, 3, 2], "3 read back, 0 given up, 2 duplicates"],
  ])("is good where %s", (_, numbers, words) => {
    expect(expectKept(journal, read(numbers))).toBe(`3 emitted, 2 confirmed by the outbox, ${words}`);
  });

  it.each([
    ["something confirmed is lost", [1, 3]],
    ["something comes too late", [2, 1, 3]],
    ["something comes that was never emitted", [1, 2, 4]],
  ])("is bad where %s", (_, numbers) => {
    expect(() => expectKept(journal, read(numbers))).toThrow();
  });

  it("is good where a bad event was given up, and bad where one is missing", () => {
    const long = { ...journal, emitted: 100, kept: new Set([1, 100]) };
    const dead = new Map([[100, "attempts_exhausted"]]);
    expect(expectKept({ ...long, dead }, read([1]))).toContain("1 given up");
    expect(() => expectKept(long, read([1]))).toThrow();
  });

  it("is bad where the sink gave a good event up, does not balance, or did not get to its end", () => {
    const dead = new Map([[3, "attempts_exhausted"]]);
    expect(() => expectKept({ ...journal, dead }, read([1, 2, 3]))).toThrow();
    expect(() => expectKept({ ...journal, stats: { ...stats, accepted: 4 } }, read([1, 2, 3]))).toThrow();
    expect(() => expectKept({ ...journal, stats: undefined }, read([1, 2, 3]))).toThrow();
  });

  it("comes from a journal whose last line a kill may have cut short", () => {
    const directory = mkdtempSync(join(tmpdir(), "journal-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const path = join(directory, "journal");
    expect(readJournal(path)).toEqual({ emitted: 0, kept: new Set(), dead: new Map(), stats: undefined });
    writeFileSync(path, 'emitting 50\nkept 1 2\ndead 2 rejected\nend {"pending":0}\nemitting 9');
    expect(readJournal(path)).toEqual({
      emitted: 50,
      kept: new Set([1, 2]),
      dead: new Map([[2, "rejected"]]),
      stats: { pending: 0 },
    });
  });
});
