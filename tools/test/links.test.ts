import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../src/workspace.ts";

const OURS = /^https:\/\/github\.com\/alumiini\/telemetry\/(?:blob|tree)\/main\/([^#]+)/;
const documents = globSync("{*.md,docs/**/*.md,packages/*/*.md,examples/*/*.md,bench/*.md}", { cwd: ROOT }).sort();

function linksOf(path: string): string[] {
  const text = readFileSync(join(ROOT, path), "utf8").replace(/```.*?```/gs, "");
  return Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, link = ""]) => link);
}

describe("the links of the documentation", () => {
  it.each(documents)("%s leads to what is there", (path) => {
    const missing = linksOf(path).filter((link) => {
      const own = OURS.exec(link)?.[1];
      if (own === undefined && /^(https?:|mailto:|#)/.test(link)) return false;
      const target = own ?? join(dirname(path), link.replace(/#.*/, ""));
      return !existsSync(join(ROOT, target));
    });
    expect(missing).toEqual([]);
  });

  it.each(globSync("packages/*/README.md", { cwd: ROOT }).sort())(
    "%s has none that npm's page can't follow",
    (path) => {
      expect(linksOf(path).filter((link) => !/^(https:|#)/.test(link))).toEqual([]);
    },
  );
});
