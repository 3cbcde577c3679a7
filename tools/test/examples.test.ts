import { describe, expect, it } from "vitest";
import { extractBlocks } from "../src/examples/extract.ts";
import { typecheckBlocks } from "../src/examples/typecheck.ts";

describe("extractBlocks", () => {
  it("takes the ts blocks of a document, with their lines", () => {
    const text = ["# Title", "```ts", "one();", "two();", "```", "```sh", "npm i", "```", "```ts title", "```"].join(
      "\n",
    );
    expect(extractBlocks("README.md", text)).toEqual([
      { path: "README.md", line: 3, code: "one();\ntwo();" },
      { path: "README.md", line: 10, code: "" },
    ]);
  });

  it("leaves alone what is quoted inside another block, and what is not ts", () => {
    const text = ["````md", "```ts", "inner();", "```", "````", "```tsx", "x", "```", "~~~ts", "tilde();", "~~~"].join(
      "\n",
    );
    expect(extractBlocks("README.md", text)).toEqual([{ path: "README.md", line: 10, code: "tilde();" }]);
  });

  it("takes the indentation of a list away", () => {
    const text = ["- item", "  ```ts", "  if (x) {", "    y();", "", "  }", "  ```"].join("\n");
    expect(extractBlocks("README.md", text)).toEqual([{ path: "README.md", line: 3, code: "if (x) {\n  y();\n\n}" }]);
  });

  it("takes the blocks of doc comments, and only of those", () => {
    const text = [
      "/**",
      " * Does.",
      " * @example",
      " * ```ts",
      " * does(",
      " *   1);",
      " * ```",
      " */",
      "// ```ts",
      "const a = 1;",
    ];
    expect(extractBlocks("packages/core/src/a.ts", text.join("\n"))).toEqual([
      { path: "packages/core/src/a.ts", line: 5, code: "does(\n  1);" },
    ]);
  });
});

describe("typecheckBlocks", () => {
  it("names an error by its place in the document", () => {
    const block = { path: "docs/guide.md", line: 40, code: 'const text: string = "x";\nconst wrong: number = text;' };
    expect(typecheckBlocks([block])).toEqual([expect.stringMatching(/^docs\/guide\.md:41:7 TS2322: /)]);
  });

  it("keeps the blocks of one document apart, and lets each await", () => {
    const code = "const value = await Promise.resolve(1);\nvalue.toFixed();";
    expect(typecheckBlocks([1, 9].map((line) => ({ path: "README.md", line, code })))).toEqual([]);
  });

  it("finds our packages, their peers and Node from a document at the root", () => {
    const code = [
      'import type { AluminiEvent } from "@alumiini/core";',
      'import { Registry } from "prom-client";',
      'import { createServer } from "node:http";',
      "export const use = (event: AluminiEvent) => [event.type satisfies string, new Registry(), createServer()];",
    ].join("\n");
    expect(typecheckBlocks([{ path: "README.md", line: 1, code }])).toEqual([]);
  });

  it("does not find what does not exist", () => {
    const code = 'import { nothing } from "@alumiini/core";\nimport "@alumiini/unheard-of";\nnothing();';
    expect(typecheckBlocks([{ path: "packages/core/README.md", line: 1, code }])).toEqual([
      expect.stringContaining("TS2305"),
      expect.stringContaining("packages/core/README.md:2:8 TS2882"),
    ]);
  });
});
