import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const dist = new URL("../dist/", import.meta.url).pathname;

/** What a bundler ships to whoever imports just this, minified and compressed. */
async function gzippedSize(code: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: dist },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    write: false,
  });
  return gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length;
}

describe("the gzipped size", () => {
  it.each([
    ["createTelemetry", 21_504],
    ["toWire", 2048],
    ["parseWire", 13_312],
    ["TAXONOMY", 2048],
  ])("of %s is at most %d bytes", async (name, budget) => {
    expect(await gzippedSize(`export { ${name} } from "./index.js"`)).toBeLessThanOrEqual(budget);
  });

  it("of an import that uses nothing is nothing", async () => {
    expect(await gzippedSize('import "./index.js"')).toBeLessThan(64);
  });
});
