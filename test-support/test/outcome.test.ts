import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readJournal } from "../src/chaos/journal.ts";
import { expectKept } from "../src/chaos/outcome.ts";

const dropped = { overflow: 0, too_large: 0, rejected: 0, attempts_exhausted: 0, outbox: 0, closed: 0 };
const journal = { emitted: 3, kept: new Set([1, 2]), stats: { pending: 0, dropped } };
const read = (numbers: readonly number[]) => numbers.map((number) => ({ id: `id ${number}`, number, repository: "a" }));

describe("the outcome of chaos", () => {
  it.each([
    ["all is read", [1, 2, 3], "3 read back, 0 duplicates"],
    ["what was never confirmed is not", [1, 2], "2 read back, 0 duplicates"],
    ["some is read twice", [1, 2, 1, 3, 2], "3 read back, 2 duplicates"],
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

  it("is bad where the sink gave something up, or did not get to its end", () => {
    const rejected = { pending: 0, dropped: { ...dropped, rejected: 1 } };
    expect(() => expectKept({ ...journal, stats: rejected }, read([1, 2, 3]))).toThrow();
    expect(() => expectKept({ ...journal, stats: undefined }, read([1, 2, 3]))).toThrow();
  });

  it("comes from a journal whose last line a kill may have cut short", () => {
    const directory = mkdtempSync(join(tmpdir(), "journal-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const path = join(directory, "journal");
    expect(readJournal(path)).toEqual({ emitted: 0, kept: new Set(), stats: undefined });
    writeFileSync(path, 'emitting 50\nkept 1 2\nend {"pending":0}\nemitting 9');
    expect(readJournal(path)).toEqual({ emitted: 50, kept: new Set([1, 2]), stats: { pending: 0 } });
  });
});
