import { defineConfig } from "tsup";

export default defineConfig({
  entry: { index: "src/index.ts", cdevents: "src/sources/cdevents.ts", node: "src/http/node.ts" },
  format: ["esm", "cjs"],
  // tsup leaves out the reference that Disposable needs where the user has no Node types.
  dts: { banner: '/// <reference lib="esnext.disposable" />' },
  sourcemap: true,
  clean: true,
  target: "es2022",
});
