import { defineConfig } from "tsup";

export default defineConfig({
  entry: { controller: "src/main.ts", demo: "src/demo/main.ts", "parser-thread": "src/manifests/parser-thread.ts" },
  format: "esm",
  target: "node20",
  clean: true,
  sourcemap: true,
});
