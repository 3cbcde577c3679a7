import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../src/workspace.ts";

/** The folders that the table of rooms names, relative to `packages` or the root. */
function roomsOf(document: string): string[] {
  return Array.from(document.matchAll(/^\| (`[^|]*\/src[^|]*) \|/gm), ([, cell = ""]) => cell).flatMap((cell) => {
    const [first = "", ...siblings] = Array.from(cell.matchAll(/`([^`]+)`/g), ([, name = ""]) => name);
    return [first, ...siblings.map((name) => join(first, "..", name))];
  });
}

describe("the maps of the repository", () => {
  const rooms = roomsOf(readFileSync(join(ROOT, "ARCHITECTURE.md"), "utf8"));

  it("ARCHITECTURE.md names every folder of a package's sources", () => {
    const folders = globSync("packages/*/src/*/", { cwd: ROOT }).map((path) => path.replace(/^packages\/|\/$/g, ""));
    const unnamed = folders.filter((folder) => !rooms.some((room) => `${room}/`.startsWith(`${folder}/`)));
    expect(unnamed).toEqual([]);
  });

  it("ARCHITECTURE.md names no folder that is not there", () => {
    const missing = rooms.filter((room) => globSync([`packages/${room}/`, `${room}/`], { cwd: ROOT }).length === 0);
    expect(missing).toEqual([]);
  });

  it("docs/adr/README.md lists every decision with its title", () => {
    const index = readFileSync(join(ROOT, "docs/adr/README.md"), "utf8");
    const unlisted = globSync("docs/adr/[0-9]*.md", { cwd: ROOT }).filter((path) => {
      const [, number, title] = /^# (\d+): (.*)/.exec(readFileSync(join(ROOT, path), "utf8")) ?? [];
      return !index.includes(`[${number}](${path.replace("docs/adr/", "")}): ${title} |`);
    });
    expect(unlisted).toEqual([]);
  });
});
