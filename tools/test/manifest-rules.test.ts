import { describe, expect, it } from "vitest";
import { manifestFaults } from "../package-checks/manifest-rules.ts";

const GOOD = {
  name: "@alumiini/lamp",
  version: "1.0.0",
  description: "A lamp",
  license: "Apache-2.0",
  type: "module",
  sideEffects: false,
  engines: { node: ">=20" },
  files: ["dist"],
  exports: {
    ".": {
      import: { types: "./dist/index.d.ts", default: "./dist/index.js" },
      require: { types: "./dist/index.d.cts", default: "./dist/index.cjs" },
    },
    "./package.json": "./package.json",
  },
  peerDependencies: { "@alumiini/core": "^1.0.0", lampoil: "^2.0.0" },
};
const { import: esm, require: cjs } = GOOD.exports["."];

describe("the rules for manifests", () => {
  it("accept a good one", () => {
    expect(manifestFaults(GOOD)).toEqual([]);
  });

  it.each([
    [{ sideEffects: undefined }, "sideEffects must be false"],
    [{ engines: { node: ">=22" } }, 'engines must be {"node":">=20"}'],
    [{ license: "MIT" }, 'license must be "Apache-2.0"'],
    [{ version: undefined }, "version is missing"],
    [{ files: undefined }, "files must list what is published"],
    [{ exports: { "./a": {} } }, "exports must have an entry for ."],
    [{ exports: { ".": { import: esm } } }, 'exports["."].require must have types, first'],
    [{ exports: { ".": { import: esm, require: esm } } }, 'exports["."].require.types must be a .d.cts file'],
    [{ exports: { ".": { import: { default: "./a.js", types: "./a.d.ts" }, require: cjs } } }, "types, first"],
    [{ dependencies: { lampoil: "catalog:" } }, "lampoil is catalog: in the tarball"],
    [{ peerDependencies: { "@alumiini/core": "workspace:^" } }, "is workspace:^ in the tarball"],
    [{ peerDependencies: { "@alumiini/prometheus": "^1.0.0" } }, "an adapter must not depend on @alumiini/prometheus"],
    [{ dependencies: { "@alumiini/core": "^1.0.0" } }, "core must be a peer"],
    [{ name: "@alumiini/core", peerDependencies: { pino: "^10.0.0" } }, "core depends on nothing"],
  ])("refuse %j", (change, fault) => {
    expect(manifestFaults({ ...GOOD, ...change })).toContainEqual(expect.stringContaining(fault));
  });
});
