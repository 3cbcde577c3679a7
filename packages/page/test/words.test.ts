import { describe, expect, it } from "vitest";
import { command } from "../src/app/frame/commands.ts";
import { readMoment } from "../src/app/words/moment-input.ts";
import { commitLink, middleCut, partsOf, plainText, shortRevision } from "../src/app/words/names.ts";
import { badShare, budget, count, goodShare, plural } from "../src/app/words/numbers.ts";
import { age, duration, offset, when } from "../src/app/words/times.ts";

const plain = (text: string) => text.replaceAll("\u00a0", " ");
const UTC = { utc: true };
const NOW = Date.parse("2026-11-25T12:06:12Z");

describe("numbers look no better than they are", () => {
  it.each([
    [0.99996, "99.996 %"],
    [0.9996, "99.96 %"],
    [0.999999, "99.999 %"],
    [1, "100 %"],
    [0.986, "98.6 %"],
  ])("%d of what is good", (share, shown) => expect(plain(goodShare(share))).toBe(shown));

  it.each([
    [0, "0 %"],
    [0.0000001, "< 0.1 %"],
    [22 / 274, "8.0 %"],
  ])("%d of what is bad", (share, shown) => expect(plain(badShare(share))).toBe(shown));

  it("rounds a budget down", () => {
    expect(plain(budget(0.219))).toBe("21 %");
    expect(plain(budget(-0.401))).toBe("−41 %");
  });

  it("counts in singular and plural", () => {
    expect(["0 syncs", "1 sync", "1,204,331 syncs"]).toEqual(
      [0, 1, 1_204_331].map((number) => plain(plural(number, "sync"))),
    );
    expect(count(1_204_331)).toBe("1,204,331");
  });
});

describe("times", () => {
  it.each([
    [880, "880 ms"],
    [3410, "3.41 s"],
    [41_200, "41.2 s"],
    [252_000, "4 min 12 s"],
    [11_220_000, "3 h 07 min"],
    [532_800_000, "6 d 4 h"],
    [-2100, "−2.1 s"],
  ])("%d ms takes", (ms, shown) => expect(plain(duration(ms))).toBe(shown));

  it.each([
    [54_000, "54 s"],
    [180_000, "3 min"],
    [8_040_000, "2 h 14 min"],
    [13 * 86_400_000, "13 days"],
  ])("%d ms old", (ms, shown) => expect(plain(age(ms))).toBe(shown));

  it("has no negative zero", () => expect(plain(offset(-4))).toBe("0.0 s"));

  it("says the date when it is not today, the year when it is not this one", () => {
    expect(when(NOW, NOW, UTC)).toBe("12:06:12");
    expect(plain(when(NOW - 86_400_000, NOW, UTC))).toBe("24 Nov, 12:06:12");
    expect(plain(when(NOW - 400 * 86_400_000, NOW, UTC))).toBe("21 Oct 2025, 12:06:12");
  });
});

describe("a moment is understood as people write it", () => {
  it.each([
    ["11:03", "2026-11-25T11:03:00Z"],
    ["14:03", "2026-11-24T14:03:00Z"],
    ["14:03 UTC", "2026-11-24T14:03:00Z"],
    ["yesterday 14:03", "2026-11-24T14:03:00Z"],
    ["24 Nov 14:03", "2026-11-24T14:03:00Z"],
    ["24 Nov 14:03:12", "2026-11-24T14:03:12Z"],
    ["26 Nov 14:03", "2025-11-26T14:03:00Z"],
    ["24 Nov 2025 14:03", "2025-11-24T14:03:00Z"],
    ["2026-11-25T12:03:00Z", "2026-11-25T12:03:00Z"],
    ["2026-11-25 12:03", "2026-11-25T12:03:00Z"],
    ["1795608180", "2026-11-25T12:03:00Z"],
    ["1795608180000", "2026-11-25T12:03:00Z"],
    ["-2h", "2026-11-25T10:06:12Z"],
    ["now", "2026-11-25T12:06:12Z"],
  ])("%s", (text, expected) => expect(readMoment(text, NOW, UTC)).toBe(Date.parse(expected)));

  it.each(["", "checkout", "25:00", "12:61", "35 Foo 12:00", "2h"])("%s is no time", (text) =>
    expect(readMoment(text, NOW, UTC)).toBeUndefined(),
  );
});

describe("names from outside", () => {
  it("show what hides or reorders", () => {
    expect(plainText("invoice\u202egnp.yaml")).toBe("invoiceU+202Egnp.yaml");
    expect(partsOf("a\u200bb")).toEqual([
      { text: "a", hidden: false },
      { text: "U+200B", hidden: true },
      { text: "b", hidden: false },
    ]);
  });

  it("are cut in the middle", () =>
    expect(middleCut("platform-billing-reconciliation-1-canary")).toBe("platform-b…n-1-canary"));

  it("have short revisions", () => {
    expect(shortRevision("main@sha1:9f3c1abaa1b2c3d4e5f60718293a4b5c6d7e8f90")).toBe("main@9f3c1ab");
    expect(shortRevision("v1.2.3")).toBe("v1.2.3");
  });

  it.each([
    ["https://github.com/example/checkout.git", "https://github.com/example/checkout/commit/9f3c1ab"],
    ["git@gitlab.example.org:pay/ledger.git", "https://gitlab.example.org/pay/ledger/-/commit/9f3c1ab"],
    ["ssh://git@bitbucket.org/team/app", "https://bitbucket.org/team/app/commits/9f3c1ab"],
    ["https://git.example.org/pay/ledger.git", null],
    ["javascript:alert(1)//github.com/x", null],
  ])("link %s to its commits", (repoUrl, link) => expect(commitLink(repoUrl, "9f3c1ab")).toBe(link));

  it("can't break out of a command", () => {
    expect(command("syncs", { cluster: ["a b", "x'; rm -rf /"], latest: true })).toBe(
      "alumiini syncs --cluster 'a b' --cluster 'x'\\''; rm -rf /' --latest",
    );
  });
});
