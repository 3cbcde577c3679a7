import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

/** What a user's bundler makes of a program on the built package. */
async function bundle(program: string, external: string[] = []) {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: join(import.meta.dirname, "..") },
    bundle: true,
    minify: true,
    write: false,
    logLevel: "silent",
    format: "esm",
    platform: "browser",
    target: "es2022",
    external,
  });
  const text = outputFiles.map((file) => file.text).join("");
  return { text, gzipped: gzipSync(text).length };
}

const CREATE = `import { createCdevent } from "@alumiini/cdevents";
console.log(createCdevent("service.deployed", JSON.parse("{}")));`;
const PARSE_ONE = `import { createCdeventParser, serviceDeployed } from "@alumiini/cdevents";
console.log(createCdeventParser([serviceDeployed])("{}"));`;
const PARSE_ALL = `import { parseCdevent } from "@alumiini/cdevents"; console.log(parseCdevent("{}"));`;
const ENCODE = `import { cdevents } from "@alumiini/cdevents"; console.log(cdevents());`;

describe("using one event type does not pull in all", () => {
  it("to create it", async () => {
    const { text, gzipped } = await bundle(CREATE);
    expect(text).not.toMatch(/artifactId|environment|ticketType|@alumiini/);
    expect(gzipped).toBeLessThan(900);
  });

  it("to read it", async () => {
    const { text, gzipped } = await bundle(PARSE_ONE);
    expect(text).toContain("artifactId");
    expect(text).not.toMatch(/testSuiteRun:\{|ticketType|pipelineName|@alumiini/);
    expect(gzipped).toBeLessThan(3000);
  });

  it("while reading all has all of them", async () => {
    const { text, gzipped } = await bundle(PARSE_ALL);
    expect(text).toMatch(/ticketType/);
    expect(gzipped).toBeLessThan(5000);
  });

  it("and the encoder has no schemas, and nothing of HTTP", async () => {
    const { text, gzipped } = await bundle(ENCODE, ["@alumiini/core"]);
    expect(text).not.toMatch(/ticketType|testSuiteRun:\{|redirect/);
    expect(gzipped).toBeLessThan(5600);
  });
});
