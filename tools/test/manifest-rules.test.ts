import { describe, expect, it } from "vitest";
import { manifestFaults } from "../package-checks/manifest-rules.ts";

const GOOD = {
  name: "@alumiini/lamp",
  version: "1.0.0",
  description: "A lamp",
  keywords: ["light"],
  homepage: "https://example.com/lamp#readme",
  bugs: "https://example.com/issues",
  repository: { type: "git", url: "git+https://example.com/lamps.git", directory: "packages/lamp" },
  license: "Apache-2.0",
  type: "module",
  sideEffects: false,
  engines: { node: ">=20.15" },
  files: ["dist"],
  exports: {
    ".": {
      import: { types: "./dist/index.d.ts", default: "./dist/index.js" },
      require: { types: "./dist/index.d.cts", default: "./dist/index.cjs" },
    },
    "./package.json": "./package.json",
  },
  peerDependencies: { "@alumiini/core": ">=0.0.0 <2.0.0", lampoil: "^2.0.0" },
};
const { import: esm, require: cjs } = GOOD.exports["."];

describe("the rules for manifests", () => {
  it("accept a good one", () => {
    expect(manifestFaults(GOOD)).toEqual([]);
  });

  it.each([
    [{ sideEffects: undefined }, "sideEffects must be false"],
    [{ engines: { node: ">=22" } }, 'engines must be {"node":">=20.15"}'],
    [{ license: "MIT" }, 'license must be "Apache-2.0"'],
    [{ version: undefined }, "version is missing"],
    [{ files: undefined }, "files must list what is published"],
    [{ exports: { "./a": {} } }, "exports must have an entry for ."],
    [{ exports: { ".": { import: esm } } }, 'exports["."].require must have types, first'],
    [{ exports: { ".": { import: esm, require: esm } } }, 'exports["."].require.types must be a .d.cts file'],
    [{ exports: { ".": { import: { default: "./a.js", types: "./a.d.ts" }, require: cjs } } }, "types, first"],
    [{ dependencies: { lampoil: "catalog:" } }, "lampoil is catalog: in the tarball"],
    [{ peerDependencies: { "@alumiini/core": "workspace:^" } }, "is workspace:^ in the tarball"],
    [{ peerDependencies: { "@alumiini/core": "^1.0.0" } }, "@alumiini/core must be >=0.0.0 <2.0.0"],
    [{ keywords: undefined }, "keywords must say"],
    [{ homepage: undefined }, "homepage is missing"],
    [{ repository: { ...GOOD.repository, directory: "packages/oil" } }, "repository.directory must be"],
    [{ exports: { ...GOOD.exports, "./wick": GOOD.exports["."] } }, "typesVersions must have wick"],
    [{ dependencies: { "@alumiini/core": "^1.0.0" } }, "core must be a peer"],
    [{ name: "@alumiini/core", peerDependencies: { pino: "^10.0.0" } }, "core depends on nothing"],
  ])("refuse %j", (change, fault) => {
    expect(manifestFaults({ ...GOOD, ...change })).toContainEqual(expect.stringContaining(fault));
  });
});
