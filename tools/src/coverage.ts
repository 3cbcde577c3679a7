/**
 * Prints the coverage of each package after `vitest run --coverage`: a figure to look at, not a gate. Code that runs only
 * in the programs that tests start, or in its built form, counts as not covered.
 */
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { ROOT } from "./workspace.ts";

interface Counted {
  total: number;
  covered: number;
}

const KINDS = ["lines", "branches", "functions"] as const;
const packages = new Map<string, Record<(typeof KINDS)[number], Counted>>();
const summary: unknown = JSON.parse(readFileSync(join(ROOT, "coverage/coverage-summary.json"), "utf8"));
for (const [path, figures] of Object.entries(summary ?? {})) {
  const name = /^packages\/([^/]+)\//.exec(relative(ROOT, path))?.[1];
  if (name === undefined) continue;
  const sums = packages.get(name) ?? { lines: none(), branches: none(), functions: none() };
  for (const kind of KINDS) {
    const { total = 0, covered = 0 } = counted(figures, kind);
    sums[kind].total += total;
    sums[kind].covered += covered;
  }
  packages.set(name, sums);
}
const row = (cells: readonly string[]) =>
  cells.map((cell, index) => (index === 0 ? cell.padEnd(14) : cell.padStart(11))).join("");
const lines = [...packages].sort().map(([name, sums]) => row([name, ...KINDS.map((kind) => percent(sums[kind]))]));
process.stdout.write(`${[row(["coverage", ...KINDS]), ...lines].join("\n")}\n`);

function none(): Counted {
  return { total: 0, covered: 0 };
}

function counted(figures: unknown, kind: string): Partial<Counted> {
  const found: unknown = typeof figures === "object" && figures !== null ? Reflect.get(figures, kind) : undefined;
  return typeof found === "object" && found !== null ? found : {};
}

function percent({ total, covered }: Counted): string {
  return total === 0 ? "-" : `${((100 * covered) / total).toFixed(1)} %`;
}
