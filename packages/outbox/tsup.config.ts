import { defineConfig } from "tsup";

export default defineConfig([
  {
    entry: { index: "src/index.ts" },
    format: ["esm", "cjs"],
    // tsup leaves out the reference that Disposable needs where the user has no Node types.
    dts: { banner: '/// <reference lib="esnext.disposable" />' },
    sourcemap: true,
    // Not what the other of the two builds has just written.
    clean: ["!cli.js"],
    target: "es2022",
  },
  { entry: { cli: "src/cli/main.ts" }, format: "esm", target: "es2022" },
]);
